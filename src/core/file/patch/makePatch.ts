import { applyPatch, PatchError } from './applyPatch.js';
import { equalValues, isMap, type ValueMap } from './values.js';

/**
 * A patch that makes the target of the base, or undefined where no patch can (a nil in a map, a map in the place of an array or of
 * binary data): what is returned has been tried.
 */
export function makePatch(base: ValueMap, target: ValueMap): ValueMap | undefined {
  const patch = mapPatch(base, target);
  return makes(target, base, patch) ? patch : undefined;
}

function makes(target: ValueMap, base: ValueMap, patch: ValueMap): boolean {
  try {
    return equalValues(applyPatch(base, patch), target);
  } catch (error) {
    if (error instanceof PatchError) return false;
    throw error;
  }
}

function mapPatch(base: ValueMap, target: ValueMap): ValueMap {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(base)) if (!Object.hasOwn(target, key)) patch[key] = null;
  for (const [key, value] of Object.entries(target)) {
    if (!Object.hasOwn(base, key)) patch[key] = value;
    else if (!equalValues(base[key], value)) patch[key] = change(base[key], value);
  }
  return patch;
}

function change(base: unknown, target: unknown): unknown {
  if (isMap(base) && isMap(target)) return mapPatch(base, target);
  if (Array.isArray(base) && Array.isArray(target)) return arrayPatch(base, target);
  return target;
}

/** Elements that are the same thing (a process, a set of counters) keep their order; one that has moved is removed and inserted. */
function arrayPatch(base: readonly unknown[], target: readonly unknown[]): unknown {
  const places = placesByIdentity(base);
  const changed: [number, unknown][] = [];
  const inserted: [number, unknown][] = [];
  const kept = new Set<number>();
  let next = 0;
  for (const [index, value] of target.entries()) {
    const place = places.get(identity(value))?.find((candidate) => candidate >= next);
    if (place === undefined) {
      inserted.push([index, value]);
      continue;
    }
    kept.add(place);
    next = place + 1;
    if (!equalValues(base[place], value)) changed.push([place, change(base[place], value)]);
  }
  const removed = [...base.keys()].filter((place) => !kept.has(place));
  return {
    ...(removed.length > 0 && { removed }),
    ...(changed.length > 0 && { changed }),
    ...(inserted.length > 0 && { inserted }),
  };
}

function placesByIdentity(values: readonly unknown[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [place, value] of values.entries()) {
    const name = identity(value);
    const known = places.get(name);
    if (known) known.push(place);
    else places.set(name, [place]);
  }
  return places;
}

/** What tells the maps of an array apart, whichever of these a map has. */
const IDENTIFYING = ['pid', 'class', 'scope', 'source', 'name', 'address', 'kind', 'first', 'what'];

function identity(value: unknown): string {
  if (!isMap(value)) return String(value);
  const names: string[] = [];
  for (const key of IDENTIFYING) if (Object.hasOwn(value, key)) names.push(String(value[key]));
  return names.join('\0');
}
