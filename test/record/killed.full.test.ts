import { join } from 'node:path';
import { test } from 'vitest';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { checkKilled } from './killed.js';

const folder = makeTemporaryFolder();

test('a recording killed a hundred times, at any moment, loses nothing that was safe', async () => {
  for (let kill = 0; kill < 100; kill++) {
    // Ten files, each killed and continued ten times.
    const path = join(folder.path, `killed-${kill % 10}.tcpsnap`);
    await checkKilled(path, Math.random() * 150);
  }
});
