import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFile, importsOf } from './importRules.js';

const root = join(import.meta.dirname, '..', '..');

function sourceFiles(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .filter((name) => /\.m?[jt]sx?$/.test(name) && !/\/(node_modules|dist)\//.test(name));
}

const files = [...sourceFiles('src'), ...sourceFiles('web')];

test('every source file keeps to the directions of imports', () => {
  const violations = files.flatMap((file) => checkFile(file, readFileSync(join(root, file), 'utf8')));
  expect(violations).toEqual([]);
});

test('the files are there, and their imports are seen', () => {
  expect(files.length).toBeGreaterThan(50);
  const koffi = readFileSync(join(root, 'src/node/capture/koffi.ts'), 'utf8');
  expect(importsOf('src/node/capture/koffi.ts', koffi)).toContain('koffi');
  const encoder = readFileSync(join(root, 'src/core/file/messagePack/encode.ts'), 'utf8');
  expect(importsOf('src/core/file/messagePack/encode.ts', encoder)).toContain('msgpackr/index-no-eval');
});

test('every module of the engine is part of it', () => {
  const modules = sourceFiles('assembly').map((file) => file.replace(/\.ts$/, ''));
  const used = modules.flatMap((module) => {
    const source = readFileSync(join(root, `${module}.ts`), 'utf8');
    return [...source.matchAll(/ from '(\.[^']*)'/g)].map(([, path]) =>
      posix.join(posix.dirname(module), path!),
    );
  });
  expect(modules.length).toBeGreaterThan(30);
  expect(modules.filter((module) => module !== 'assembly/index' && !used.includes(module))).toEqual([]);
});

describe('a file that breaks a rule is found', () => {
  test.each([
    ['src/core/a.ts', `import { readFile } from 'node:fs/promises';`, 'core imports node:fs/promises'],
    ['src/core/a.ts', `import fs from 'fs';`, 'core imports fs'],
    ['src/core/a.ts', `import 'commander';`, 'core imports commander'],
    ['src/core/a.ts', `export * from '../node/index.js';`, 'core imports src/node/index.js'],
    [
      'src/core/file/a.ts',
      `const a = await import("../../node/index.js");`,
      'core imports src/node/index.js',
    ],
    ['src/core/a.ts', `type A = import('../../web/a.js').A;`, 'core imports web/a.js'],
    ['src/core/a.ts', `import {\n  a,\n} from '../../web/a.js';`, 'core imports web/a.js'],
    ['src/core/a.ts', `import x from 'msgpackr-extract';`, 'core imports msgpackr-extract'],
    ['src/node/a.ts', `import { a } from '../../web/a.js';`, 'node imports web/a.js'],
    ['src/node/a.ts', `import { a } from '../../dist/core/a.js';`, 'node imports dist/core/a.js'],
    ['src/node/cli/a.ts', `import koffi from 'koffi';`, 'koffi is imported outside of capture'],
    ['src/node/files/a.ts', `const k = require('koffi');`, 'koffi is imported outside of capture'],
    ['web/a.ts', `import { a } from '../src/node/index.js';`, 'web imports src/node/index.js'],
    ['web/a.ts', `import { a } from 'tcpscope';`, 'web imports tcpscope'],
    ['web/a.ts', `import { a } from 'node:path';`, 'web imports node:path'],
    ['src/core/a.ts', `console.log(1);`, 'console is used'],
    ['src/node/cli/a.ts', `console.error(1);`, 'console is used'],
    ['src/node/capture/a.ts', `process.exit(1);`, 'process.exit is called outside of the command line'],
  ])('%s: %s', (file, source, rule) => {
    expect(checkFile(file, source)).toEqual([{ file, rule }]);
  });

  test.each([
    ['src/core/a.ts', `import { b } from './b.js';\nimport { Packr } from 'msgpackr';`],
    ['src/core/file/a.ts', `import { b } from '../b.js';\n// import fs from 'node:fs'\n/* console.log */`],
    ['src/node/capture/a.ts', `import koffi from 'koffi';\nimport { a } from '../../core/a.js';`],
    ['src/node/cli/a.ts', `import { open } from 'node:fs/promises';\nprocess.exit(0);`],
    ['web/a.ts', `import { a } from '../src/core/a.js';\nimport { b } from 'tcpscope/core';`],
  ])('and one that keeps them is not: %s', (file, source) => {
    expect(checkFile(file, source)).toEqual([]);
  });
});
