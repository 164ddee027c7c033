#!/usr/bin/env node
import nodePath = require('node:path');
import load = require('./start/loadProgram.cjs');
import type { run } from './cli/program.js' with { 'resolution-mode': 'import' };

const program = load.loadProgram<{ run: typeof run }>(
  nodePath.join(__dirname, 'tcpscope-program.cjs'),
  require,
);
void program.exports.run(process.argv);
