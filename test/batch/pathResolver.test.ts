import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathResolver } from '../../dist/node/batch/pathResolver.js';

test('paths of files are resolved as Node does, whichever come before', () => {
  const folders = fc.array(fc.constantFrom('a', 'b', '.', '..', '', 'a b'), { maxLength: 4 });
  const path = fc
    .tuple(fc.boolean(), folders, fc.constantFrom('file', 'x.tcpsnap', 'back\\slash'))
    .map(([isAbsolute, names, file]) => (isAbsolute ? '/' : '') + [...names, file].join('/'));
  fc.assert(
    fc.property(fc.array(path, { maxLength: 8 }), (paths) => {
      expect(paths.map(pathResolver())).toEqual(paths.map((each) => resolve(each)));
    }),
  );
});
