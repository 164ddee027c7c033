// Adds up vitest's JSON reports: names the tests that failed or were skipped, prints the sums as the last line, and fails
// unless every test passed. A report that is missing, or a file without a single test, is a failure: nothing was tested.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

let passed = 0;
const failed = [];
const skipped = [];
for (const path of process.argv.slice(2)) {
  if (!existsSync(path)) {
    failed.push(`no tests were run: there is no ${path}`);
    continue;
  }
  for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
    const tests = file.assertionResults;
    for (const { status, fullName } of tests) {
      if (status === 'passed') passed++;
      else (status === 'failed' ? failed : skipped).push(`${relative('.', file.name)}: ${fullName}`);
    }
    const isBroken = file.status === 'failed' && !tests.some(({ status }) => status === 'failed');
    if (isBroken || tests.length === 0)
      failed.push(`${relative('.', file.name)}: ${file.message || 'no tests'}`);
  }
}
for (const name of failed) console.log(`failed: ${name}`);
for (const name of skipped) console.log(`skipped: ${name}`);
console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exitCode = failed.length + skipped.length === 0 && passed > 0 ? 0 : 1;
