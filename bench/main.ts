/** Runs the benchmarks: see README.md. Exit codes: 0 done; 1 a peer's result differs, or typical JS is not typical; 2 usage. */

import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { Task } from './comparison.js';
import { listTasks } from './comparisons/works.js';
import { checkTypicalJs, evaluateFloors, TYPICAL_JS_OVER_STD_SORT } from './floors.js';
import type { Result } from './measure.js';
import { readOptions, roundsFor, USAGE, UsageError, type Options } from './options.js';
import { compileNativePeers } from './peers/native.js';
import { compileWasmRadix } from './peers/wasmRadix.js';
import { compileWideRadix } from './peers/wideRadix.js';
import { writeMarkdown } from './report/markdown.js';
import { formatNumber } from './report/numbers.js';
import type { Report } from './report/report.js';
import { FLOOR_HEADER, floorRow, RESULT_HEADER, resultRows, resultTitle } from './report/rows.js';
import { formatTextTable } from './report/textTable.js';
import { runTask } from './runTask.js';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options !== 'help') return await run(options);
    print(USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
}

async function run(options: Options): Promise<number> {
  const tasks = listTasks(options.works, options.sizes).filter(
    ({ kind }) => options.kinds?.has(kind) ?? true,
  );
  if (tasks.length === 0)
    throw new UsageError('nothing to measure: no such kind, or no such size for this work');
  const [loadBefore = 0] = loadavg();
  const date = new Date().toISOString();
  const compiler = compileNativePeers();
  compileWasmRadix();
  compileWideRadix();
  const results: Result[] = [];
  const mismatches: string[] = [];
  for (const task of tasks) await measureInto(task, options, results, mismatches);
  const report: Report = {
    date,
    machine: {
      cpu: cpus()[0]!.model,
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      v8: process.versions.v8,
      compiler,
      loadBefore,
      loadAfter: loadavg()[0]!,
    },
    results,
    floors: evaluateFloors(results),
    typicalJs: checkTypicalJs(results),
  };
  writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (options.markdown !== undefined) writeMarkdown(options.markdown, report);
  return summarize(report, mismatches);
}

async function measureInto(
  task: Task,
  options: Options,
  results: Result[],
  mismatches: string[],
): Promise<void> {
  const { work, kind, rows } = task;
  const answer = await runTask({ task, rounds: roundsFor(work, rows, options.rounds) });
  if ('mismatch' in answer) {
    mismatches.push(`${work}, ${kind}, ${rows} rows: ${answer.mismatch}`);
    return;
  }
  const { result } = answer;
  results.push(result);
  print(`${resultTitle(result)}\n${formatTextTable(RESULT_HEADER, resultRows(result))}\n`);
}

function summarize({ floors, typicalJs }: Report, mismatches: readonly string[]): number {
  const unmet = floors.filter(({ met }) => !met).length;
  print(`Floors: ${floors.length - unmet} met, ${unmet} not met\n`);
  const rows = floors.map((floor) => floorRow(floor));
  print(`${formatTextTable(FLOOR_HEADER, rows, 4)}\n`);
  const { lowest, highest } = TYPICAL_JS_OVER_STD_SORT;
  for (const { kind, ratio, withinLimits } of typicalJs) {
    const verdict = withinLimits ? '' : ': WARNING, a peer is not what it should be';
    print(
      `typical JS over native std::sort, ${kind}: ${formatNumber(ratio)}, ${lowest} to ${highest} wanted${verdict}\n`,
    );
  }
  for (const mismatch of mismatches) print(`RESULT DIFFERS: ${mismatch}\n`);
  return mismatches.length > 0 || typicalJs.some(({ withinLimits }) => !withinLimits) ? 1 : 0;
}

function print(text: string): void {
  process.stdout.write(text);
}
