import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { Field } from '../../src/core/index.js';
import type { RawRow } from '../protocol.js';
import { rowLayout, type LayoutField } from '../rowLayout.js';
import { element } from './element.js';

const BYTES_A_LINE = 4;

/** A row's bytes in hexadecimal, a field a line; what is pointed at in one place is marked in all. */
export function hexView(raw: RawRow, valueOf: (field: Field) => string): HTMLElement {
  const layout = rowLayout(raw.tableClass);
  const fields = layout?.fields ?? [];
  const table = element('table', { class: 'hex' }, [
    element('caption', {}, [
      `${layout?.structure ?? escapeControls(raw.tableClass)}, row ${raw.row}, at byte ${raw.offset} of the raw table`,
    ]),
    element('thead', {}, [
      element(
        'tr',
        {},
        ['Byte', 'Hex', 'Field', 'Value'].map((title) => element('th', { scope: 'col' }, [title])),
      ),
    ]),
    element(
      'tbody',
      {},
      fields.map((field) => fieldRow(raw, field, field.field === undefined ? '' : valueOf(field.field))),
    ),
  ]);
  return table;
}

function fieldRow(raw: RawRow, field: LayoutField, value: string): HTMLElement {
  const bytes = raw.bytes.subarray(field.offset, field.offset + field.length);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const lines: string[] = [];
  for (let at = 0; at < hex.length; at += BYTES_A_LINE)
    lines.push(hex.slice(at, at + BYTES_A_LINE).join(' '));
  return element('tr', { 'data-field': field.field, tabindex: 0, title: `${field.name}: ${field.reading}` }, [
    element('td', { class: 'offset' }, [String(raw.offset + field.offset)]),
    element('td', { class: 'bytes' }, [lines.join('\n')]),
    element('td', { class: 'name' }, [field.name]),
    element('td', { class: 'value' }, [element('bdi', {}, [value])]),
  ]);
}

/** Marks whatever belongs to the field that is pointed at or has the focus. */
export function linkFields(panel: HTMLElement): void {
  const mark = (event: Event): void => {
    const source = event.target instanceof Element ? event.target.closest('[data-field]') : null;
    const field = source?.getAttribute('data-field');
    for (const part of panel.querySelectorAll('[data-field]')) {
      part.classList.toggle('marked', field !== null && part.getAttribute('data-field') === field);
    }
  };
  for (const name of ['pointerover', 'pointerleave', 'focusin'] as const) panel.addEventListener(name, mark);
}
