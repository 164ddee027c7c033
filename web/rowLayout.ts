import type { Field } from '../src/core/index.js';

/**
 * How rows lie in raw tables, for people who check the decoder with their own eyes. The decoder does not use this; a test holds that
 * both agree.
 */
export interface LayoutField {
  /** The structure's own name for it. */
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** The field that is decoded from it. */
  readonly field: Field;
  /** How the bytes are read. */
  readonly reading: string;
}

export interface RowLayout {
  readonly structure: string;
  readonly firstRow: number;
  readonly rowBytes: number;
  readonly fields: readonly LayoutField[];
}

const ADDRESS = 'an octet a byte, the first one first';
const PORT = '2 bytes, the high one first; the 2 after them mean nothing';
const NUMBER = '4 bytes, the low one first';

// MIB_TCPROW2, 28 bytes:
//
//   0         4             8            12            16            20            24           28
//   ┌─────────┬─────────────┬─────────────┬─────────────┬─────────────┬─────────────┬────────────┐
//   │ state   │ local addr  │ local port  │ remote addr │ remote port │ owning pid  │ offload    │
//   └─────────┴─────────────┴─────────────┴─────────────┴─────────────┴─────────────┴────────────┘
const LAYOUTS: Readonly<Record<string, RowLayout>> = {
  tcp2: {
    structure: 'MIB_TCPROW2',
    firstRow: 4,
    rowBytes: 28,
    fields: [
      { name: 'dwState', offset: 0, length: 4, field: 'state', reading: NUMBER },
      { name: 'dwLocalAddr', offset: 4, length: 4, field: 'local', reading: ADDRESS },
      { name: 'dwLocalPort', offset: 8, length: 4, field: 'lport', reading: PORT },
      { name: 'dwRemoteAddr', offset: 12, length: 4, field: 'remote', reading: ADDRESS },
      { name: 'dwRemotePort', offset: 16, length: 4, field: 'rport', reading: PORT },
      { name: 'dwOwningPid', offset: 20, length: 4, field: 'pid', reading: NUMBER },
      { name: 'dwOffloadState', offset: 24, length: 4, field: 'offload', reading: NUMBER },
    ],
  },
};

/** The layout of a table class, where it is known. */
export function rowLayout(tableClass: string): RowLayout | undefined {
  return Object.hasOwn(LAYOUTS, tableClass) ? LAYOUTS[tableClass] : undefined;
}
