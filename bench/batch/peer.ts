/**
 * What `batch` is measured against, as programs: `node bench/dist/batch/peer.js WORK FOLDER`. Works: script; read, which is what is left of
 * the work when nothing is done with what was read and checked.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from './script.js';

const [work, folder] = process.argv.slice(2) as [string, string];
const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
if (work === 'script') runScript(paths);
else for (const path of paths) createHash('sha256').update(readFileSync(path)).digest();
