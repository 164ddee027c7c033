/** The report's style. Colours are those of the viewer (web/styles/colours.css), under the same names. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: light-dark(#ffffff, #14171b);
  --panel: light-dark(#f5f6f8, #1b1f24);
  --raised: light-dark(#ffffff, #23282e);
  --line: light-dark(#dde1e6, #2e343b);
  --text: light-dark(#1a1f25, #e3e7eb);
  --quiet: light-dark(#56606b, #9ba6b2);
  --accent: light-dark(#0a5ea8, #6cb4f0);
  --danger: light-dark(#a3260e, #ff9c85);
  --danger-soft: light-dark(#fdece8, #3a211c);
  --open: light-dark(#0072b2, #56b4e9);
  --listening: light-dark(#00795a, #2fc49b);
  --opening: light-dark(#a8508a, #d98fbf);
  --closing: light-dark(#c25200, #f0a030);
  --ended: light-dark(#78828d, #8b95a0);
  --unknown: light-dark(#a3260e, #ff9c85);
}
*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--panel);
  color: var(--text);
  font: 13px/1.4 system-ui, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans', sans-serif;
  font-variant-numeric: tabular-nums;
}
header, main { max-width: 1280px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 20px; }
h1 { margin: 0; font-size: 18px; }
h2 { margin: 0; font-size: 14px; }
p { margin: 0; }
header p, .note { color: var(--quiet); }
.note { margin: 2px 0 8px; font-size: 12px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin: 16px 0 12px; padding: 0; }
.tile, section { border: 1px solid var(--line); border-radius: 8px; background: var(--page); }
.tile { padding: 10px 14px; }
.tile dt { color: var(--quiet); font-size: 12px; }
.tile dd { margin: 0; font-size: 20px; font-weight: 600; }
.tile dd small { color: var(--quiet); font-size: 12px; font-weight: 400; }
.tile.bad dd { color: var(--danger); }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 12px; padding-bottom: 32px; align-items: start; }
section { min-width: 0; padding: 12px 14px; }
section.wide { grid-column: 1 / -1; }
table { width: 100%; border-collapse: collapse; }
th { color: var(--quiet); font-size: 12px; font-weight: 600; text-align: start; }
th, td { padding: 3px 10px 3px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child td { border-bottom: 0; }
.number { text-align: end; white-space: nowrap; }
.name { overflow-wrap: anywhere; }
.share { width: 30%; min-width: 50px; }
.bar { display: block; width: 100%; height: 8px; }
.bar rect { fill: var(--accent); opacity: 0.75; }
i { color: var(--quiet); }
details summary { padding: 4px 0; color: var(--accent); cursor: pointer; }
.scroll { overflow-x: auto; }
.badge { padding: 0 7px; border: 1px solid var(--line); border-radius: 9px; font-size: 12px; white-space: nowrap; }
.badge.warning { border-color: var(--danger); background: var(--danger-soft); color: var(--danger); }
.strips .state { width: 1%; white-space: nowrap; }
.strips .number { width: 1%; }
.strips th.axis { padding-left: 6px; }
.strips th.axis span { font-weight: 400; white-space: nowrap; }
.strips th.axis span:last-child { float: right; }
.strips td.strip { padding: 4px 0 0 6px; }
.strips svg { display: block; width: 100%; height: 30px; }
.area { fill: var(--ended); }
.area.open { fill: var(--open); }
.area.listening { fill: var(--listening); }
.area.opening { fill: var(--opening); }
.area.closing { fill: var(--closing); }
.area.unknown { fill: var(--unknown); }
[data-kind]::before { content: ''; display: inline-block; width: 8px; height: 8px; margin-inline-end: 7px; background: var(--ended); }
[data-kind='open']::before { border-radius: 50%; background: var(--open); }
[data-kind='listening']::before { border: 2px solid var(--listening); border-radius: 50%; background: none; }
[data-kind='opening']::before { background: var(--opening); clip-path: polygon(50% 0, 100% 100%, 0 100%); }
[data-kind='closing']::before { background: var(--closing); clip-path: polygon(50% 0, 100% 50%, 50% 100%, 0 50%); }
[data-kind='ended']::before { height: 2px; margin-block-end: 3px; }
[data-kind='unknown']::before { background: var(--unknown); clip-path: polygon(20% 0, 50% 30%, 80% 0, 100% 20%, 70% 50%, 100% 80%, 80% 100%, 50% 70%, 20% 100%, 0 80%, 30% 50%, 0 20%); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
@media (max-width: 600px) {
  header, main { padding-left: 10px; padding-right: 10px; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
  .strips th.axis span:last-child { float: none; display: block; }
  .share, .strips :is(th, td):nth-child(2) { display: none; }
}
@media print {
  :root { color-scheme: light; }
  body { background: none; font-size: 10px; }
  section { break-inside: avoid; }
}
`;
