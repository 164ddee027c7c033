import { isTableClass, TABLE_CLASSES, type TableClass } from '../../core/index.js';

export const TABLE_SCOPES = ['all', 'listeners', 'connections'] as const;
export type TableScope = (typeof TABLE_SCOPES)[number];

/** Which table to capture. Without a scope it is of all sockets. */
export interface TableRequest {
  readonly class: TableClass;
  readonly scope?: TableScope;
}

/** A request as people write it: `tcp2`, `tcp-owner-pid:listeners`. */
export type TableName = TableClass | `${TableClass}:${TableScope}`;

/**
 * The classes of which a part can be asked for: those of GetExtendedTcpTable. `tcp6` is not among them: the function's page says that
 * its BASIC classes are not supported for IPv6.
 */
const WITH_SCOPE: readonly TableClass[] = [
  'tcp',
  'tcp-owner-pid',
  'tcp-owner-module',
  'tcp6-owner-pid',
  'tcp6-owner-module',
];

/** Sockets that are bound to a port, but neither listen nor connect. */
export const BOUND_CLASSES: readonly TableClass[] = ['tcp2-bound', 'tcp6-2-bound'];

/** @throws Error that says what is wrong with the name */
export function parseTableName(name: string): TableRequest {
  const [tableClass = '', scope, ...more] = name.split(':');
  if (!isTableClass(tableClass) || more.length > 0) {
    throw new Error(`no table class "${tableClass}"; there are ${TABLE_CLASSES.join(', ')}`);
  }
  if (scope === undefined) return { class: tableClass };
  if (!isTableScope(scope)) throw new Error(`no scope "${scope}"; there are ${TABLE_SCOPES.join(', ')}`);
  if (!WITH_SCOPE.includes(tableClass)) {
    throw new Error(`no scope can be chosen for "${tableClass}", only for ${WITH_SCOPE.join(', ')}`);
  }
  return { class: tableClass, scope };
}

export function tableName({ class: tableClass, scope }: TableRequest): TableName {
  return scope === undefined ? tableClass : `${tableClass}:${scope}`;
}

function isTableScope(text: string): text is TableScope {
  return (TABLE_SCOPES as readonly string[]).includes(text);
}
