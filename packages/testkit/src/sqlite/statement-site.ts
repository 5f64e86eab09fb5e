import type { FaultKind } from '../faults/fault.ts';
import type { PointSite } from '../kernel/io-site.ts';
import { sqliteError } from './driver.ts';
import { type StatementVerb, statementShape } from './statement-shape.ts';

const kinds: Readonly<Record<StatementVerb, readonly FaultKind[]>> = {
  begin: ['crash-before', 'error-before'],
  // A local database does not lose the answer to a commit.
  commit: ['crash-before', 'crash-after', 'error-before', 'pause'],
  rollback: ['crash-before'],
  read: ['crash-before', 'error-before'],
  write: ['crash-before', 'crash-after', 'error-before'],
};

/** A statement as a place in the course of a process. */
export interface StatementSite extends PointSite {
  readonly verb: StatementVerb;
  /** Whether it may begin or end a transaction without failing. */
  readonly transacts: boolean;
}

const sites = new Map<string, Map<string, StatementSite>>();
const MOST_SITES = 5_000;

/** The place in the course of a process that a statement is: by its first word and its table, e.g. `orders.insert.purchase_order`. */
export function statementSite(database: string, text: string): StatementSite {
  const known = sites.get(database)?.get(text);
  if (known !== undefined) return known;
  const { verb, label } = statementShape(text);
  const site = {
    label: `${database}.${label}`,
    kinds: kinds[verb],
    errorBefore: () => errorOf(verb),
    verb,
    transacts: !/^\s*(select|with|insert|update|delete|replace)\b/i.test(text),
  };
  keep(database, text, site);
  return site;
}

function keep(database: string, text: string, site: StatementSite): void {
  const ofDatabase = sites.get(database) ?? new Map<string, StatementSite>();
  if (ofDatabase.size >= MOST_SITES || (sites.size >= MOST_SITES && !sites.has(database))) return;
  sites.set(database, ofDatabase.set(text, site));
}

function errorOf(verb: StatementVerb): Error {
  return verb === 'begin'
    ? sqliteError('SQLITE_BUSY', 'database is locked')
    : sqliteError('SQLITE_IOERR', 'disk I/O error');
}
