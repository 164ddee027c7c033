import { readFileSync, writeFileSync } from 'node:fs';
import { WORK_TITLES, WORKS } from '../comparison.js';
import { TYPICAL_JS_OVER_STD_SORT } from '../floors.js';
import type { Result } from '../measure.js';
import { formatNumber, formatRows } from './numbers.js';
import type { Report } from './report.js';
import { FLOOR_HEADER, floorRow } from './rows.js';

const BEGIN = '<!-- results: begin -->';
const END = '<!-- results: end -->';

/** Replaces what stands between the marker lines of a file. */
export function writeMarkdown(path: string, report: Report): void {
  const text = readFileSync(path, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${path} lacks the lines "${BEGIN}" and "${END}"`);
  const before = text.slice(0, begin + BEGIN.length);
  writeFileSync(path, `${before}\n${formatMarkdown(report)}\n${text.slice(end)}`);
}

function formatMarkdown({ machine, date, results, floors, typicalJs }: Report): string {
  const unmet = floors.filter(({ met }) => !met).length;
  const { lowest, highest } = TYPICAL_JS_OVER_STD_SORT;
  const parts = [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, ` +
      `${machine.compiler}; load before ${machine.loadBefore.toFixed(2)}, after ${machine.loadAfter.toFixed(2)}.`,
    `### Floors: ${floors.length - unmet} met, ${unmet} not met`,
    formatTable(
      FLOOR_HEADER,
      floors.map((floor) => floorRow(floor)),
    ),
    `Typical JS over native std::sort, ${lowest} to ${highest} wanted: ` +
      typicalJs.map(({ kind, ratio }) => `${kind} ${formatNumber(ratio)}`).join(', ') +
      '.',
    ...WORKS.flatMap((work) => {
      const ofWork = results.filter((result) => result.work === work);
      return ofWork.length === 0 ? [] : [`### ${capitalize(WORK_TITLES[work])}`, formatWork(ofWork)];
    }),
  ];
  return `\n${parts.join('\n\n')}\n`;
}

/** A line for each kind and size; for each peer its time over ours. */
function formatWork(results: readonly Result[]): string {
  const peers = results[0]!.ratios.map(({ name }) => name);
  const header = ['kind', 'rows', 'ms', 'ns a row', ...peers.map((name) => `${name} ÷ ours`)];
  const rows = results.map(({ kind, rows: count, tables, contestants, ratios }) => {
    const [ours] = contestants;
    const { median, lowerQuartile, upperQuartile } = ours!;
    return [
      kind,
      tables === 1 ? formatRows(count) : `${formatRows(tables)} × ${formatRows(count)}`,
      `${formatNumber(median)} (${formatNumber(lowerQuartile)}–${formatNumber(upperQuartile)})`,
      formatNumber((median * 1e6) / (count * tables)),
      ...ratios.map(
        (ratio) =>
          `${formatNumber(ratio.median)} (${formatNumber(ratio.lowerQuartile)}–${formatNumber(ratio.upperQuartile)})`,
      ),
    ];
  });
  return formatTable(header, rows);
}

function formatTable(header: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
