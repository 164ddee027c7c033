import type { Command } from 'commander';
import { readPackagedViewer } from '../packaged.js';
import { openBrowser } from '../view/openBrowser.js';
import { ViewerServer, type ViewedFile } from '../view/viewerServer.js';
import { EXIT, Outcome, warn } from './failure.js';
import { inputName, openInputBytes } from './inputs.js';
import { Output } from './output.js';

export function addView(program: Command): void {
  program
    .command('view')
    .summary('open snapshot files in the viewer')
    .description(
      'Opens the viewer with these files in the default browser, and serves them to this machine alone until Ctrl-C. ' +
        'Prints the address.',
    )
    .argument('<file...>', 'snapshot files or bare dumps; - is standard input')
    .option('--no-open', 'only print the address')
    .addHelpText('after', HELP)
    .action(async (files: string[], { open }: { open: boolean }) => {
      process.exitCode = await view(files, open);
    });
}

const HELP = `
The viewer is one file, viewer.html of this package: it can be opened and mailed without tcpscope.

Example:
  tcpscope view before-restart.tcpsnap after-restart.tcpsnap`;

async function view(paths: readonly string[], mayOpen: boolean): Promise<number> {
  const outcome = new Outcome();
  const files: ViewedFile[] = [];
  for (const path of paths) {
    const name = inputName(path);
    await outcome.attempt(name, async () => {
      files.push({ name, source: await openInputBytes(path) });
    });
  }
  if (files.length === 0) return EXIT.nothing;
  const server = new ViewerServer(readPackagedViewer(), files);
  await server.listen();
  const stopped = untilStopped();
  await new Output().writeBytes(`${server.url}\n`);
  if (mayOpen && !(await openBrowser(server.url))) warn('no browser was found; open the address in one');
  warn('press Ctrl-C to stop');
  await stopped;
  await server.close();
  for (const { source } of files) await source.close();
  return outcome.exitCode;
}

/** Being told to stop is how this command ends. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
