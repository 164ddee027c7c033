import { sep } from 'node:path';

/** The folder that a pattern begins with, and the rest; undefined where the text is no pattern. */
export function splitGlob(text: string): { folder: string; pattern: string } | undefined {
  const parts = (sep === '\\' ? text.replaceAll('\\', '/') : text).split('/');
  const first = parts.findIndex((part) => /[*?[]/.test(part));
  if (first === -1) return undefined;
  const folder = parts.slice(0, first).join('/');
  return {
    folder: folder === '' ? (text.startsWith('/') ? '/' : '.') : folder,
    pattern: parts.slice(first).join('/'),
  };
}

/** `*` is any text without a slash, `**` any folders, `?` one character, `[a-z]` and `[!a-z]` one of a set. A dot at the start must be written. */
export function globPattern(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => (part === '**' ? undefined : partPattern(part)));
  let source = '^';
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    if (part !== undefined) source += part + (isLast ? '' : '/');
    else source += isLast ? '(?:[^./][^/]*/)*[^./][^/]*' : '(?:[^./][^/]*/)*';
  }
  return new RegExp(`${source}$`, 'su');
}

function partPattern(part: string): string {
  let source = /^[*?[]/.test(part) ? '(?!\\.)' : '';
  for (let at = 0; at < part.length; at++) {
    const character = part[at]!;
    const end = character === '[' ? part.indexOf(']', at + 2) : -1;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (end !== -1) {
      const set = part.slice(at + 1, end).replaceAll(/[\\[\]^]/g, '\\$&');
      source += set.startsWith('!') ? `[^/${set.slice(1)}]` : `[${set}]`;
      at = end;
    } else source += character.replaceAll(/[\\^$.|+(){}[\]]/g, '\\$&');
  }
  return source;
}
