/**
 * The Windows structures that the raw bytes of a table can be. Every name stands for one binary layout.
 * A snapshot file may name a class that this version cannot decode: its bytes are kept and can be written back.
 */
export const TABLE_CLASSES = ['tcp2'] as const;

export type TableClass = (typeof TABLE_CLASSES)[number];

/** The structure that Microsoft's headers declare for each class. */
export const STRUCTURE_NAMES: Readonly<Record<TableClass, string>> = {
  tcp2: 'MIB_TCPTABLE2',
};

export function isTableClass(name: string): name is TableClass {
  return (TABLE_CLASSES as readonly string[]).includes(name);
}
