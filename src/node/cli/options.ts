import { InvalidArgumentError, Option } from 'commander';
import { TABLE_CLASSES } from '../../core/index.js';
import { parseCountKeys } from '../../core/table/countKeys.js';
import { parseSnapshotChoice } from './inputs.js';

/** `--table CLASS`, once. */
export function tableOption(description: string): Option {
  return new Option('--table <class>', description).choices(TABLE_CLASSES);
}

/** `--snapshot N|-1|TIME` */
export function snapshotOption(description: string): Option {
  return new Option('--snapshot <which>', description).argParser(orInvalid(parseSnapshotChoice));
}

/** @param parseKey throws where a key is none */
export function sortOption(parseKey: (key: string) => unknown, description: string): Option {
  const keys = (text: string): string[] => {
    const names = splitList(text);
    for (const name of names) parseKey(name);
    return names;
  };
  return new Option('--sort <keys>', description).argParser(orInvalid(keys));
}

export function countByOption(): Option {
  const check = (text: string): string => {
    parseCountKeys(text);
    return text;
  };
  return new Option(
    '--count-by <fields>',
    'count rows by a field, an address prefix like remote/24 (of IPv4 and IPv6: remote/24/64), or two of these (process,rport), instead of printing them',
  ).argParser(orInvalid(check));
}

export function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    if (/^\d+$/.test(text)) return Number(text);
    throw new InvalidArgumentError('Give a whole number.');
  });
}

export function splitList(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** What a parser says of a value becomes what commander says of the option. */
export function orInvalid<T>(parse: (text: string, before?: T) => T): (text: string, before?: T) => T {
  return (text, before) => {
    try {
      return parse(text, before);
    } catch (error) {
      throw new InvalidArgumentError(sentence(error instanceof Error ? error.message : String(error)));
    }
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith('.') ? '' : '.');
}
