import type { Command } from 'commander';
import { verifySnapshots, type VerifyReport } from '../../core/index.js';
import { terminalOf } from '../print/terminal.js';
import { verificationText } from '../print/verification.js';
import { Outcome } from './failure.js';
import { inputName, openInput } from './inputs.js';
import { Output } from './output.js';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('check every checksum and digest of a snapshot file')
    .description(
      'Checks every checksum, digest and chain value of snapshot files, and tells what can still be read.',
    )
    .argument('<file...>', 'snapshot files; - is standard input')
    .addHelpText('after', HELP)
    .action(async (files: string[], _options, command: Command) => {
      const { color } = command.optsWithGlobals<{ color: boolean }>();
      process.exitCode = await verify(files, color);
    });
}

const HELP = `
A matching file is as it was written, or was rewritten as a whole by somebody: only the chain value, kept
elsewhere when the snapshot was taken, tells these apart.

Example:
  tcpscope verify *.tcpsnap`;

async function verify(files: readonly string[], allowColor: boolean): Promise<number> {
  const output = new Output();
  const terminal = terminalOf(output, allowColor, process.env);
  const outcome = new Outcome();
  for (const path of files) {
    const name = inputName(path);
    await outcome.attempt(name, async () => {
      const report = await verifyFile(path);
      await output.write(verificationText(name, report, terminal));
      if (!report.intact) outcome.notWhole();
    });
  }
  return outcome.exitCode;
}

async function verifyFile(path: string): Promise<VerifyReport> {
  const file = await openInput(path);
  try {
    return await verifySnapshots(file);
  } finally {
    await file.close();
  }
}
