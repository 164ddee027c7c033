import type { Snapshot } from '../snapshot.js';

export interface PortRange {
  readonly low: number;
  readonly high: number;
  /** True where the snapshot does not tell the range, and the system's default stands for it. */
  readonly assumed: boolean;
}

/** Windows since Vista, and IANA: netsh int ipv4 show dynamicport tcp. */
const WINDOWS: PortRange = { low: 49_152, high: 65_535, assumed: true };
/** net.ipv4.ip_local_port_range of a kernel that nobody has changed. */
const LINUX: PortRange = { low: 32_768, high: 60_999, assumed: true };

/** The ports that the system gives to TCP sockets which ask for none. Where the families differ, those of the first that is told. */
export function dynamicPorts({ host, machine }: Pick<Snapshot, 'host' | 'machine'>): PortRange {
  const told = machine?.portRanges?.find(
    ({ kind, protocol = 'TCP' }) => kind === 'dynamic' && protocol === 'TCP',
  );
  if (told !== undefined) return { low: told.first, high: told.last, assumed: false };
  return host?.os === 'Linux' ? LINUX : WINDOWS;
}
