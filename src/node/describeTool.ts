import type { ToolInfo } from '../core/index.js';
import { packageVersion } from './packaged.js';

/** This program, as snapshots name what made them. */
export function describeTool(commandLine?: readonly string[]): ToolInfo {
  return {
    name: 'tcpscope',
    version: packageVersion(),
    runtime: `node ${process.version}`,
    ...(commandLine && { arguments: commandLine }),
  };
}
