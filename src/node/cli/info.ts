import type { Command } from 'commander';
import type { Decoder } from '../../core/index.js';
import { createDecoder } from '../createDecoder.js';
import { inspectFile, inspectionProblems, type FileInspection } from '../inspectFile.js';
import { infoObject, infoText } from '../print/info.js';
import { formatJson } from '../../core/text/snapshotJson.js';
import { terminalOf } from '../print/terminal.js';
import { Outcome } from './failure.js';
import { inputName, openInput } from './inputs.js';
import { Output } from './output.js';

export function addInfo(program: Command): void {
  program
    .command('info')
    .summary('tell what a snapshot file is and holds')
    .description('Tells what snapshot files are and hold: host, system, times, tables, rows, sizes, digests.')
    .argument('<file...>', 'snapshot files; - is standard input')
    .option('--json', 'print one JSON object for each file')
    .addHelpText('after', HELP)
    .action(async (files: string[], _options, command: Command) => {
      const { json, color } = command.optsWithGlobals<{ json?: true; color: boolean }>();
      process.exitCode = await info(files, json === true, color);
    });
}

const HELP = `
Examples:
  tcpscope info web01.tcpsnap
  tcpscope info --json *.tcpsnap`;

async function info(files: readonly string[], json: boolean, allowColor: boolean): Promise<number> {
  const decoder = await createDecoder();
  const output = new Output();
  const terminal = terminalOf(output, allowColor, process.env);
  const outcome = new Outcome();
  let separator = '';
  for (const path of files) {
    const name = inputName(path);
    await outcome.attempt(name, async () => {
      const inspection = await inspect(path, decoder);
      const text = json
        ? [formatJson(infoObject(name, inspection)) + '\n']
        : infoText(name, inspection, terminal);
      await output.write([separator, ...text]);
      separator = json ? '' : '\n';
      if (inspectionProblems(inspection).length > 0) outcome.notWhole();
    });
  }
  return outcome.exitCode;
}

async function inspect(path: string, decoder: Decoder): Promise<FileInspection> {
  const file = await openInput(path, decoder);
  try {
    return await inspectFile(file, decoder);
  } finally {
    await file.close();
  }
}
