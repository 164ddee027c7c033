#!/usr/bin/env node
import nodePath = require('node:path');
import load = require('./start/loadProgram.cjs');
import type { run } from './cli/program.js' with { 'resolution-mode': 'import' };

const program = load.loadProgram<{ run: typeof run }>(
  nodePath.join(__dirname, 'tcpscope-program.cjs'),
  require,
);
void program.exports.run(process.argv).then(end);

/**
 * Otherwise Node would give back all of its memory piece by piece, which takes a tenth of a short command. On Windows, where what was handed over
 * may still be on its way, it ends by itself.
 */
function end(): void {
  if (process.platform !== 'win32') process.exit();
}
