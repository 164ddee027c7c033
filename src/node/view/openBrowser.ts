import { spawn } from 'node:child_process';

/** Programs that open an address in the user's browser. */
function openers(platform: NodeJS.Platform, url: string): readonly [program: string, ...args: string[]] {
  switch (platform) {
    case 'win32':
      // No shell: the address is an argument, whatever is in it.
      return ['rundll32.exe', 'url.dll,FileProtocolHandler', url];
    case 'darwin':
      return ['open', url];
    default:
      return ['xdg-open', url];
  }
}

/** Opens the address in the default browser. Resolves to false where there is no program that does. */
export function openBrowser(url: string): Promise<boolean> {
  const [program, ...args] = openers(process.platform, url);
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      // It may be the browser itself, and outlive this program.
      child.unref();
      resolve(true);
    });
  });
}
