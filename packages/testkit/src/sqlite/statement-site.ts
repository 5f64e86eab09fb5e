import type { FaultKind } from '../faults/fault.ts';
import type { PointSite } from '../kernel/io-site.ts';
import { sqliteError } from './driver.ts';

/** What a statement is, as far as faults go. */
export type StatementVerb = 'begin' | 'commit' | 'rollback' | 'read' | 'write';

const kinds: Readonly<Record<StatementVerb, readonly FaultKind[]>> = {
  begin: ['crash-before', 'error-before'],
  // A local database does not lose the answer to a commit.
  commit: ['crash-before', 'crash-after', 'error-before', 'pause'],
  rollback: ['crash-before'],
  read: ['crash-before', 'error-before'],
  write: ['crash-before', 'crash-after', 'error-before'],
};

const sites = new Map<string, PointSite & { readonly verb: StatementVerb }>();
const MOST_SITES = 5_000;

/** The place in the course of a process that a statement is: by its first word and its table, e.g. `orders.insert.purchase_order`. */
export function statementSite(database: string, text: string): PointSite & { readonly verb: StatementVerb } {
  const key = `${database}\n${text}`;
  const known = sites.get(key);
  if (known !== undefined) return known;
  const verb = verbOf(text);
  const site = { label: `${database}.${labelOf(text)}`, kinds: kinds[verb], errorBefore: () => errorOf(verb), verb };
  if (sites.size < MOST_SITES) sites.set(key, site);
  return site;
}

function verbOf(text: string): StatementVerb {
  if (/^\s*(begin|savepoint)\b/i.test(text)) return 'begin';
  if (/^\s*(commit|end|release)\b/i.test(text)) return 'commit';
  if (/^\s*rollback\b/i.test(text)) return 'rollback';
  return /\b(insert|update|delete|replace|create|drop|alter)\b/i.test(text) ? 'write' : 'read';
}

function labelOf(text: string): string {
  const [, word = 'sql'] = /^\s*(\w+)/.exec(text) ?? [];
  const [, table] =
    /\b(?:from|into|update|table(?: if (?:not )?exists)?)\s+(?:"?\w+"?\.)?["[`]?(\w+)/i.exec(text) ?? [];
  const verb = /\b(insert|update|delete)\b/i.exec(text)?.[1] ?? word;
  return (table === undefined ? word : `${verb}.${table}`).toLowerCase();
}

function errorOf(verb: StatementVerb): Error {
  return verb === 'begin'
    ? sqliteError('SQLITE_BUSY', 'database is locked')
    : sqliteError('SQLITE_IOERR', 'disk I/O error');
}
