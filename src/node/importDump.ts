import type { Snapshot, TableClass } from '../core/index.js';
import { describeTool } from './describeTool.js';

export interface DumpOrigin {
  readonly fileName: string;
  readonly arguments?: readonly string[];
}

/** A bare dump of one raw table as a snapshot. When, where and how it was taken is not known, so nothing says it. */
export function importDump(bytes: Uint8Array, tableClass: TableClass, origin: DumpOrigin): Snapshot {
  return {
    tool: describeTool(origin.arguments),
    provider: 'import',
    imported: { fileName: origin.fileName, utcMicroseconds: Date.now() * 1000 },
    tables: [{ class: tableClass, scope: 'all', synthesized: false, bytes }],
  };
}
