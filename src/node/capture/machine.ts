import { networkInterfaces } from 'node:os';
import type { InterfaceAddress, MachineInfo, Unreadable } from '../../core/index.js';

/** What a provider says of the machine. */
export interface MachineReport {
  readonly machine: MachineInfo;
  /** A moment that does not depend on when it is asked for. */
  readonly bootUtcMicroseconds?: number;
  readonly unreadable: readonly Unreadable[];
}

/** Addresses of this network namespace, of interfaces that are up. */
export function listInterfaces(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, cidr, mac, ...more }) => ({
      name,
      address,
      ...(cidr !== null && { prefixLength: Number(cidr.split('/')[1]) }),
      mac,
      ...('scopeid' in more && more.scopeid !== 0 && { scope: more.scopeid }),
    })),
  );
}

/** Gives what reads one thing: what cannot be read is undefined, and the reason is added to `unreadable`. */
export function readerInto(unreadable: Unreadable[]): <T>(what: string, read: () => T) => T | undefined {
  return (what, read) => {
    try {
      return read();
    } catch (error) {
      unreadable.push({ what, reason: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
}
