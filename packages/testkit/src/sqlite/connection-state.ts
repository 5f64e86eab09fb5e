import { type SqlToken, sqlTokens } from './sql-tokens.ts';

/** What a statement leaves on its connection, beside the database: settings, or what only a new connection is free of. */
export interface LeftOnConnection {
  /** Settings that it may change, which can be set back. */
  readonly settings: readonly string[];
  /** A temporary table, another database, or a setting that cannot be set back. */
  readonly rest: boolean;
}

/** Settings that can be asked for and set back. */
const settable: ReadonlySet<string> = new Set([
  ...['analysis_limit', 'automatic_index', 'busy_timeout', 'cache_size', 'cache_spill', 'cell_size_check'],
  ...['checkpoint_fullfsync', 'defer_foreign_keys', 'foreign_keys', 'fullfsync', 'ignore_check_constraints'],
  ...['journal_size_limit', 'legacy_alter_table', 'mmap_size', 'query_only', 'read_uncommitted', 'recursive_triggers'],
  ...[
    'reverse_unordered_selects',
    'secure_delete',
    'synchronous',
    'temp_store',
    'trusted_schema',
    'wal_autocheckpoint',
  ],
]);
/** They only tell something, or belong to the database itself. */
const harmless: ReadonlySet<string> = new Set([
  ...['application_id', 'collation_list', 'compile_options', 'data_version', 'database_list', 'foreign_key_check'],
  ...['foreign_key_list', 'freelist_count', 'function_list', 'index_info', 'index_list', 'index_xinfo', 'optimize'],
  ...['integrity_check', 'module_list', 'page_count', 'pragma_list', 'quick_check', 'schema_version', 'table_info'],
  ...['table_list', 'table_xinfo', 'user_version', 'wal_checkpoint', 'encoding', 'page_size', 'auto_vacuum'],
  ...['journal_mode', 'locking_mode', 'wal_autocheckpoint'],
]);
const mayLeave = /\b(?:pragma|attach|detach|temp|temporary)\b/i;
export const NOTHING_LEFT: LeftOnConnection = { settings: [], rest: false };

/** Tells by its text what a statement, or a script, leaves on its connection. */
export function leftOnConnection(text: string): LeftOnConnection {
  if (!mayLeave.test(text)) return NOTHING_LEFT;
  const words = sqlTokens(text);
  const settings: string[] = [];
  let rest = false;
  for (const at of words.keys()) {
    rest ||= isTemporary(words, at) || isOtherDatabase(words, at);
    const setting = settingAt(words, at);
    if (setting === null || harmless.has(setting)) continue;
    if (settable.has(setting)) settings.push(setting);
    else rest = true;
  }
  return settings.length === 0 && !rest ? NOTHING_LEFT : { settings, rest };
}

function isTemporary(tokens: readonly SqlToken[], at: number): boolean {
  if (!isWord(tokens[at], 'temp') && !isWord(tokens[at], 'temporary')) return false;
  return isWord(tokens[at - 1], 'create') || tokens[at + 1]?.text === '.';
}

function isOtherDatabase(tokens: readonly SqlToken[], at: number): boolean {
  return begins(tokens, at) && (isWord(tokens[at], 'attach') || isWord(tokens[at], 'detach'));
}

/** Which setting the statement that begins there is about. */
function settingAt(tokens: readonly SqlToken[], at: number): string | null {
  if (!begins(tokens, at) || !isWord(tokens[at], 'pragma')) return null;
  return tokens[at + (tokens[at + 2]?.text === '.' ? 3 : 1)]?.text ?? null;
}

function begins(tokens: readonly SqlToken[], at: number): boolean {
  return at === 0 || tokens[at - 1]?.text === ';';
}

function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text === word;
}

/**
 * Without settings that would make it wait in real time, write to a disk, or move its log to the database's file: those are as the simulation has them,
 * and are only asked for.
 */
export function withoutRealSettings(text: string): string {
  return mayLeave.test(text) ? text.replace(checkpoint, noCheckpoint).replace(realSetting, 'pragma $1') : text;
}

const value = /\s*(?:=\s*[\w'"-]+|\(\s*[\w'"-]+\s*\))/.source;
const schema = /(?:"?main"?\s*\.\s*)?/.source;
const realNames = 'journal_mode|synchronous|busy_timeout|locking_mode|wal_autocheckpoint';
const realSetting = new RegExp(`\\bpragma\\s+${schema}(${realNames})${value}`, 'gi');
const checkpoint = new RegExp(`\\bpragma\\s+${schema}wal_checkpoint\\b(?:${value})?`, 'gi');
const noCheckpoint = 'select 0 as busy, 0 as log, 0 as checkpointed';
