import { createHash } from 'node:crypto';
import type { Summary } from '../../../core/dataset/summary/summary.js';
import type { Failure } from '../failures.js';
import { groupDigits } from '../../../core/text/groupDigits.js';
import { Html, html } from './html.js';
import {
  failureSection,
  findingSection,
  hostSection,
  linkSection,
  listenerSection,
  outlierSection,
  topSection,
} from './sections.js';
import { stateChart } from './stateChart.js';
import { STYLES } from './styles.js';

/** The summary as a page to look at: one file without scripts, which asks nobody for anything. */
export function reportHtml(summary: Summary, failures: readonly Failure[]): string {
  const { processes, remotes, localPorts, remotePorts } = summary;
  const policy = `default-src 'none'; style-src 'sha256-${digestOf(STYLES)}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>tcpscope batch</title>
        ${new Html(`<style>${STYLES}</style>`)}
      </head>
      <body>
        <header>
          <h1>tcpscope batch</h1>
          <p>${period(summary)}</p>
          ${tiles(summary)}
        </header>
        <main>
          <section class="wide">
            <h2>States over time</h2>
            ${stateChart(summary.states)}
          </section>
          ${summary.failures.total > 0 ? failureSection(summary, failures) : undefined}
          ${findingSection(summary)} ${outlierSection(summary)} ${listenerSection(summary)}
          ${linkSection(summary)} ${hostSection(summary)}
          ${topSection('Processes', processes, 'By their rows in all snapshots.')}
          ${topSection('Remote addresses', remotes, 'Of connections, by their rows in all snapshots.')}
          ${topSection('Remote ports', remotePorts, 'What the hosts connect to.')}
          ${topSection('Local ports', localPorts, 'Of connections: what the hosts are connected to by others, and ports of their own.')}
        </main>
      </body>
    </html> `;
  return page.markup;
}

function period({ firstTime, lastTime }: Summary): string {
  if (firstTime === undefined || lastTime === undefined) return 'No snapshot tells when it was taken.';
  return `Snapshots from ${minutes(firstTime)} to ${minutes(lastTime)} UTC`;
}

function minutes(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

function tiles({ inputs, snapshots, rows, hosts, failures }: Summary): Html {
  const tile = (name: string, value: number, more = '', isBad = false): Html =>
    html`<div class="tile ${isBad ? 'bad' : ''}">
      <dt>${name}</dt>
      <dd>${groupDigits(value)} <small>${more}</small></dd>
    </div>`;
  return html`<dl class="tiles">
    ${tile('Files', inputs.files, size(inputs.bytes))} ${tile('Snapshots', snapshots)} ${tile('Rows', rows)}
    ${tile('Hosts', hosts.total)}
    ${tile('Failures', failures.total, failures.total > 0 ? `in ${groupDigits(inputs.failed)} files` : '', failures.total > 0)}
  </dl>`;
}

function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]!}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
