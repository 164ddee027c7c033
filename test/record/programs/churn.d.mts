import type { Snapshot } from 'tcpscope';

export function churn(seed: number, rowCount: number): Generator<Snapshot, never>;
