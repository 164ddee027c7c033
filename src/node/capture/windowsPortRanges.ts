import type { Family, PortRange, Protocol, Unreadable } from '../../core/index.js';
import { askProgram } from './askProgram.js';

const TIME_LIMIT_MILLISECONDS = 5000;
const FAMILIES = ['IPv4', 'IPv6'] as const;
const PROTOCOLS = ['TCP', 'UDP'] as const;

export interface PortRanges {
  readonly ranges: readonly PortRange[];
  readonly unreadable: readonly Unreadable[];
}

/** Windows has no function for them: netsh is asked, for each family and protocol at the same time. */
export async function readPortRanges(): Promise<PortRanges> {
  const asked = FAMILIES.flatMap((family) =>
    PROTOCOLS.flatMap((protocol) => [
      ask('dynamicport', `dynamic ports of ${protocol} over ${family}`, family, protocol, parseDynamicPorts),
      ask(
        'excludedportrange',
        `excluded ports of ${protocol} over ${family}`,
        family,
        protocol,
        parseExcludedPorts,
      ),
    ]),
  );
  const answers = await Promise.all(asked);
  return {
    ranges: answers.flatMap(({ ranges }) => ranges),
    unreadable: answers.flatMap(({ unreadable }) => unreadable),
  };
}

type Bounds = Pick<PortRange, 'kind' | 'first' | 'last'>;

async function ask(
  table: 'dynamicport' | 'excludedportrange',
  what: string,
  family: Family,
  protocol: Protocol,
  parse: (text: string) => Bounds[] | undefined,
): Promise<PortRanges> {
  const words = ['interface', family.toLowerCase(), 'show', table, `protocol=${protocol.toLowerCase()}`];
  const { text, failure } = await askProgram('netsh.exe', words, TIME_LIMIT_MILLISECONDS);
  const bounds = parse(text);
  if (failure === undefined && bounds !== undefined) {
    return { ranges: bounds.map((range) => ({ ...range, protocol, family })), unreadable: [] };
  }
  const reason = failure?.reason ?? 'netsh printed nothing that has them';
  return { ranges: [], unreadable: [{ what, reason }] };
}

/** Two lines that end in a number each, the first port and how many, in whatever language; the second number is a count. */
export function parseDynamicPorts(text: string): Bounds[] | undefined {
  const numbers = [...text.matchAll(/:\s*(\d+)\s*$/gm)].map(([, digits]) => Number(digits));
  const [first = 0, count = 0] = numbers;
  if (numbers.length !== 2 || count === 0 || first + count > 65_536) return undefined;
  return [{ kind: 'dynamic', first, last: first + count - 1 }];
}

/** Below a line of dashes, a line for each range: first port, last port, and an asterisk where an administrator made it. */
export function parseExcludedPorts(text: string): Bounds[] | undefined {
  if (!/^-+\s+-+\s*$/m.test(text)) return undefined;
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s*\*?\s*$/gm)].flatMap(([, first, last]): Bounds[] => {
    const range = { kind: 'excluded', first: Number(first), last: Number(last) } as const;
    return range.first <= range.last && range.last <= 65_535 ? [range] : [];
  });
}
