/** An object without some of its keys. They are looked at one by one: to leave them out by a pattern takes V8 ten times as long. */
export function without<Of extends object, Key extends keyof Of>(
  object: Of,
  keys: ReadonlySet<Key>,
): Omit<Of, Key> {
  const rest: Partial<Of> = {};
  for (const key in object) if (!(keys as ReadonlySet<keyof Of>).has(key)) rest[key] = object[key];
  return rest as Omit<Of, Key>;
}
