/** A filter on row objects for the question that is asked of each kind of table (comparisons/select.ts). */

import { ESTABLISHED } from '../tables/states.js';
import type { Row } from './rowObjects.js';

/** `state = ESTABLISHED and lport = 443 and remote in 80.0.0.0/5` */
export function filterBusy(rows: readonly Row[]): Row[] {
  return rows.filter(
    (row) => row.state === ESTABLISHED && row.localPort === 443 && row.remoteAddress >>> 27 === 80 >>> 3,
  );
}

/** `state = ESTABLISHED and rport = 443 and remote in 64.0.0.0/4` */
export function filterClient(rows: readonly Row[]): Row[] {
  return rows.filter(
    (row) => row.state === ESTABLISHED && row.remotePort === 443 && row.remoteAddress >>> 28 === 64 >>> 4,
  );
}

/** `state = ESTABLISHED and rport in 49152..65535 and remote in 160.0.0.0/3` */
export function filterRandom(rows: readonly Row[]): Row[] {
  return rows.filter(
    (row) => row.state === ESTABLISHED && row.remotePort >= 49_152 && row.remoteAddress >>> 29 === 160 >>> 5,
  );
}
