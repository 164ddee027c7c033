import { addressTest, parseAddresses, type AddressRange } from './addresses.js';
import type { Expression, Interval } from './expression.js';
import type { Token } from './tokens.js';
import { fieldNaming, parseValues } from './values.js';

/** Digits with dots and slashes, and `10.1.*`, which is none but was meant as one. */
const LIKE_ADDRESS = /^(?=.*\d)(?:[\d./]+|\d+\.[\d./*]+)$/;

/** What a word that stands alone means, or where it means nothing, what was expected. */
export function bareWord({ kind, text, pattern }: Token): Expression | string {
  if (kind === 'word') {
    if (text.includes(':')) return isIPv6(text) ? addresses(text) : endpoint(text);
    if (LIKE_ADDRESS.test(text)) return addresses(text);
    if (text === '&&' || text === '&') return '"and"';
    if (text === '||' || text === '|') return '"or"';
    const field = fieldNaming(text);
    const values = field && parseValues(field, text);
    if (typeof values === 'string') return values;
    if (field && values) return { kind: 'values', field, intervals: [values] };
  }
  if (text === '') return 'text between the quotes, or process = "" for rows without a known process';
  // Without a star, a part of the name is enough.
  return { kind: 'names', field: 'process', patterns: [pattern.length > 1 ? pattern : ['', ...pattern, '']] };
}

/** An address of IPv6 has two colons at least, unless it stands in brackets before a port. */
function isIPv6(text: string): boolean {
  return !text.startsWith('[') && text.indexOf(':') !== text.lastIndexOf(':');
}

/** `10.0.0.1:443`, `10.1.:8000..8999`, `[::1]:443`, `:443`, `*:443` */
function endpoint(text: string): Expression | string {
  const [, bracketed] = /^\[(.*)\]$/.exec(text) ?? [];
  if (bracketed !== undefined) return addresses(bracketed);
  const colon = text.lastIndexOf(':');
  const address = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const local = address === '' || address === '*' ? undefined : parseAddresses(address);
  if (typeof local === 'string') return `${local}, before the colon`;
  const port = parseValues('lport', text.slice(colon + 1));
  if (typeof port === 'string') return `${port}, after the colon`;
  return eitherEnd(local, port);
}

function addresses(text: string): Expression | string {
  if (typeof parseValues('lport', text) !== 'string')
    return `:${text} for a port, pid = ${text}, or an address`;
  if (typeof parseValues('pid', text) !== 'string') return `pid = ${text}, or an address`;
  const range = parseAddresses(text);
  return typeof range === 'string' ? range : eitherEnd(range, undefined);
}

/** Either end of the connection is as told. */
function eitherEnd(address: AddressRange | undefined, port: Interval | undefined): Expression {
  const end = (addressField: 'local' | 'remote', portField: 'lport' | 'rport'): Expression => {
    const terms: Expression[] = [];
    if (address) terms.push(addressTest(addressField, [address]));
    if (port) terms.push({ kind: 'values', field: portField, intervals: [port] });
    return terms.length === 1 ? terms[0]! : { kind: 'and', terms };
  };
  return { kind: 'or', terms: [end('local', 'lport'), end('remote', 'rport')] };
}
