import type { Summary, TopList } from '../../../core/dataset/summary/summary.js';
import type { Failure } from '../failures.js';
import { groupDigits } from '../../../core/text/groupDigits.js';
import { html, type Html } from './html.js';

/** Rows of a list that are seen at once; the others unfold. */
const SHOWN = 10;
const SHOWN_FAILURES = 200;

const UNKNOWN = html`<i>not known</i>`;

/** The most frequent values, each with a bar. */
export function topSection<Value extends string | number | null>(
  title: string,
  { total, top }: TopList<Value>,
  note: string,
): Html {
  const most = top[0]?.rows ?? 1;
  const rows = top.map(
    ({ value, rows: count }) =>
      html`<tr>
        <td class="name">${value ?? UNKNOWN}</td>
        <td class="number">${groupDigits(count)}</td>
        <td class="share">${bar(count / most)}</td>
      </tr>`,
  );
  return section(title, note, total > 0 ? unfolding(rows, total) : nothing());
}

export function findingSection({ findings }: Summary): Html {
  const rows = findings.map(
    ({ rule, severity, hosts, snapshots }) =>
      html`<tr>
        <td><span class="badge ${severity === 'warning' ? 'warning' : 'notice'}">${severity}</span></td>
        <td class="name">${rule}</td>
        <td class="number">${groupDigits(hosts)}</td>
        <td class="number">${groupDigits(snapshots)}</td>
      </tr>`,
  );
  const head = headOf(['Severity', 'Rule', '#Hosts', '#Snapshots']);
  return section(
    'Findings',
    'What an expert would see first in each snapshot; tcpscope findings FILE explains each.',
    rows.length > 0 ? unfolding(rows, rows.length, head) : nothing(),
  );
}

export function listenerSection({ listeners, hosts }: Summary): Html {
  const most = listeners.top[0]?.hosts ?? 1;
  const rows = listeners.top.map(
    ({ protocol, port, process, hosts: count }) =>
      html`<tr>
        <td class="name">${protocol} ${port}</td>
        <td class="name">${process ?? UNKNOWN}</td>
        <td class="number">${groupDigits(count)}</td>
        <td class="share">${bar(count / most)}</td>
      </tr>`,
  );
  return section(
    'Listeners',
    `Ports that processes listen on, and on how many of the ${groupDigits(hosts.total)} hosts.`,
    rows.length > 0 ? unfolding(rows, listeners.total, headOf(['Port', 'Process', '#Hosts', ''])) : nothing(),
  );
}

export function outlierSection({ listeners: { outliers } }: Summary): Html {
  const rows = outliers.listed.map(
    ({ protocol, port, process, host }) =>
      html`<tr>
        <td class="name">${protocol} ${port}</td>
        <td class="name">${process ?? UNKNOWN}</td>
        <td class="name">${host ?? UNKNOWN}</td>
      </tr>`,
  );
  return section(
    'Listeners of a single host',
    'Look at these first: what only one host of many offers is forgotten, misconfigured, or not meant to be there.',
    rows.length > 0 ? unfolding(rows, outliers.total, headOf(['Port', 'Process', 'Host'])) : nothing(),
  );
}

export function linkSection({ links }: Summary): Html {
  const most = links.top[0]?.rows ?? 1;
  const rows = links.top.map(
    ({ from, to, rows: count }) =>
      html`<tr>
        <td class="name">${from ?? UNKNOWN}</td>
        <td class="name">${to ?? UNKNOWN}</td>
        <td class="number">${groupDigits(count)}</td>
        <td class="share">${bar(count / most)}</td>
      </tr>`,
  );
  const ambiguous =
    links.ambiguousRows > 0
      ? ` ${groupDigits(links.ambiguousRows)} rows go to addresses that several hosts have, and are not counted.`
      : '';
  return section(
    'Links between hosts',
    `Connections whose remote address is a local address of another host here.${ambiguous}`,
    rows.length > 0 ? unfolding(rows, links.total, headOf(['From', 'To', '#Rows', ''])) : nothing(),
  );
}

export function hostSection({ hosts }: Summary): Html {
  const most = hosts.top[0]?.rows ?? 1;
  const rows = hosts.top.map(
    ({ host, snapshots, rows: count }) =>
      html`<tr>
        <td class="name">${host ?? UNKNOWN}</td>
        <td class="number">${groupDigits(snapshots)}</td>
        <td class="number">${groupDigits(count)}</td>
        <td class="share">${bar(count / most)}</td>
      </tr>`,
  );
  return section(
    'Hosts',
    'Those with most rows.',
    rows.length > 0 ? unfolding(rows, hosts.total, headOf(['Host', '#Snapshots', '#Rows', ''])) : nothing(),
  );
}

export function failureSection({ failures: totals }: Summary, failures: readonly Failure[]): Html {
  const reasons = totals.reasons.map(({ code, count }) => `${code} ${groupDigits(count)}`).join(', ');
  const rows = failures.slice(0, SHOWN_FAILURES).map(
    ({ file, snapshot, byte, reason }) =>
      html`<tr>
        <td class="name">${file}${snapshot === undefined ? '' : `, snapshot ${snapshot}`}</td>
        <td class="number">${byte === undefined ? '' : groupDigits(byte)}</td>
        <td class="name">${reason}</td>
      </tr>`,
  );
  return section(
    'Failures',
    `By code: ${reasons}. failures.ndjson lists all.`,
    unfolding(rows, totals.total, headOf(['File', '#Byte', 'Reason'])),
    'wide',
  );
}

/** A `#` before a title: its column holds numbers. */
function headOf(titles: readonly string[]): Html {
  const cells = titles.map((title) => {
    // Bars say nothing that the number beside them does not.
    if (title === '') return html`<td class="share"></td>`;
    return title.startsWith('#') ? html`<th class="number">${title.slice(1)}</th>` : html`<th>${title}</th>`;
  });
  return html`<thead>
    <tr>
      ${cells}
    </tr>
  </thead>`;
}

function section(title: string, note: string, content: Html, width = ''): Html {
  return html`<section class="${width}">
    <h2>${title}</h2>
    <p class="note">${note}</p>
    ${content}
  </section>`;
}

function unfolding(rows: readonly Html[], total: number, head: Html = html``): Html {
  const table = (some: readonly Html[]): Html =>
    html`<div class="scroll">
      <table>
        ${head}
        <tbody>
          ${some}
        </tbody>
      </table>
    </div>`;
  const more = rows.length - SHOWN;
  const rest =
    more > 0
      ? html`<details>
          <summary>
            ${groupDigits(more)} more${total > rows.length ? ` of ${groupDigits(total - SHOWN)}` : ''}
          </summary>
          ${table(rows.slice(SHOWN))}
        </details>`
      : html``;
  return html`${table(rows.slice(0, SHOWN))}${rest}`;
}

function bar(share: number): Html {
  const width = Math.max(0.5, share * 100).toFixed(1);
  return html`<svg class="bar" aria-hidden="true"><rect width="${width}%" height="100%" rx="2" /></svg>`;
}

function nothing(): Html {
  return html`<p>None.</p>`;
}
