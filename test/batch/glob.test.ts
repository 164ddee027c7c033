import { expect, test } from 'vitest';
import { globPattern, splitGlob } from '../../dist/node/batch/glob.js';

test.each([
  ['*.tcpsnap', ['a.tcpsnap', '.tcpsnap.tcpsnap'], ['a.tcpsnap']],
  [
    '**/*.tcpsnap',
    ['a.tcpsnap', 'x/y/a.tcpsnap', '.x/a.tcpsnap', 'a.tcpsnap.tmp'],
    ['a.tcpsnap', 'x/y/a.tcpsnap'],
  ],
  ['x/**', ['x/a', 'x/y/b', 'y/a', 'x/.a'], ['x/a', 'x/y/b']],
  ['a?[0-9][!x].[ab]', ['ab1y.a', 'ab1x.a', 'abcy.a', 'a/1y.a', 'ab1/.a'], ['ab1y.a']],
  ['.*', ['.a', 'a'], ['.a']],
  ['a+(b).[', ['a+(b).[', 'aab.['], ['a+(b).[']],
])('%s', (pattern, paths, matching) => {
  const matches = globPattern(pattern);
  expect(paths.filter((path) => matches.test(path))).toEqual(matching);
});

test('the folder before the first part with a pattern', () => {
  expect(splitGlob('a/b/*.x')).toEqual({ folder: 'a/b', pattern: '*.x' });
  expect(splitGlob('/a*/b')).toEqual({ folder: '/', pattern: 'a*/b' });
  expect(splitGlob('**')).toEqual({ folder: '.', pattern: '**' });
  expect(splitGlob('a/b')).toBe(undefined);
});
