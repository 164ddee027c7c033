import { posix } from 'node:path';

/** A source file that breaks a rule of the project's layout (docs/architecture.md). */
export interface Violation {
  readonly file: string;
  readonly rule: string;
}

/** Static and dynamic imports, re-exports and import types. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*)(['"`])([^'"`\n]+)\1/g;

/** What a file imports: paths from the repository's root for its own files, names for everything else. */
export function importsOf(file: string, source: string): string[] {
  return Array.from(withoutComments(source).matchAll(IMPORT), ([, , specifier = '']) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier,
  );
}

/** Checks one file, named by its path from the repository's root with `/`. */
export function checkFile(file: string, source: string): Violation[] {
  const code = withoutComments(source);
  const broken: string[] = [];
  for (const imported of importsOf(file, source)) {
    const isOwn = /^(src|web|dist|assembly|test)\//.test(imported);
    if (file.startsWith('src/core/')) {
      if (isOwn ? !imported.startsWith('src/core/') : !/^msgpackr(\/|$)/.test(imported)) {
        broken.push(`core imports ${imported}`);
      }
    } else if (file.startsWith('src/node/')) {
      if (isOwn && !/^src\/(core|node)\//.test(imported)) broken.push(`node imports ${imported}`);
      const isCapture = file.startsWith('src/node/capture/');
      if (/^koffi(\/|$)/.test(imported) && !isCapture) broken.push('koffi is imported outside of capture');
    } else if (file.startsWith('web/')) {
      const isOther = isOwn && !/^(src\/core|web)\//.test(imported);
      if (isOther || imported.startsWith('node:') || /^(koffi|tcpscope$)/.test(imported)) {
        broken.push(`web imports ${imported}`);
      }
    }
  }
  if (file.startsWith('src/') && /\bconsole\s*[.[]/.test(code)) broken.push('console is used');
  if (!file.startsWith('src/node/cli/') && /\bprocess\s*\.\s*exit\s*\(/.test(code)) {
    broken.push('process.exit is called outside of the command line');
  }
  return broken.map((rule) => ({ file, rule }));
}

/** Strings that hold `//` stay whole: only a comment that begins a line or follows a space counts. */
function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}
