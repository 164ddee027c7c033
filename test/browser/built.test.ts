import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

// What is mailed and opened years later: one file, which asks for nothing and allows nothing.

const root = join(import.meta.dirname, '..', '..');
const bytes = readFileSync(join(root, 'dist', 'viewer.html'));
const page = bytes.toString();

/** The text between the only pair of these tags. */
function content(tag: string): string {
  const parts = page.split(new RegExp(`<${tag}(?: type="module")?>`));
  expect(parts).toHaveLength(2);
  return parts[1]!.split(`</${tag}>`)[0]!;
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

test('is below 300 KB when it is compressed', () => {
  expect(gzipSync(bytes).length).toBeLessThan(300_000);
});

describe('its policy', () => {
  const [, text = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const policy = new Map(
    text.split('; ').map((directive) => [directive.split(' ')[0]!, directive.split(' ').slice(1)] as const),
  );

  test('stands before anything that it has to do with', () => {
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.search(/<(script|style|link|title)/));
  });

  test('allows its own script and styles by their digests, the module, the worker, and nothing else', () => {
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': ["'none'"],
      'script-src': [hash(content('script')), "'wasm-unsafe-eval'"],
      'style-src': [hash(content('style'))],
      'worker-src': ['blob:'],
      'img-src': ['data:'],
      'connect-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'require-trusted-types-for': ["'script'"],
      'trusted-types': ['tcpscope-worker'],
    });
  });
});

test('names no other address in what loads something', () => {
  const html = page.replace(content('script'), '').replace(content('style'), '');
  expect(html.match(/(?:src|href)="(?!data:)[^"]*"/g)).toBe(null);
  expect(content('style')).not.toMatch(/url\(|@import/);
});

test('carries the WebAssembly module of the package, byte for byte', () => {
  const wasm = readFileSync(join(root, 'dist', 'tcpscope.wasm'));
  expect(page).toContain(wasm.toString('base64'));
});

test('carries the licences of what is bundled into it', () => {
  expect(page).toMatch(/## uplot - [^]*Permission is hereby granted, free of charge/);
  // It reads files and writes none: what only writes is not in it.
  expect(page).not.toContain('msgpackr');
});

test('names no path of the machine it was made on', () => {
  expect(page).not.toContain(root);
});
