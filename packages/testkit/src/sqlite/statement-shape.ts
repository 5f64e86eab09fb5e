import { type SqlToken, sqlTokens } from './sql-tokens.ts';

/** What a statement is, as far as faults go. */
export type StatementVerb = 'begin' | 'commit' | 'rollback' | 'read' | 'write';

export interface StatementShape {
  readonly verb: StatementVerb;
  /** What it does, and to which table, e.g. `insert.account`. */
  readonly label: string;
}

const verbs: ReadonlyMap<string, StatementVerb> = new Map([
  ['begin', 'begin'],
  ['savepoint', 'begin'],
  ['commit', 'commit'],
  ['end', 'commit'],
  ['release', 'commit'],
  ['rollback', 'rollback'],
  ['select', 'read'],
  ['values', 'read'],
  ['explain', 'read'],
  ['pragma', 'read'],
]);

/** Words that come between a verb and the name of what it is about. */
const betweenVerbAndName: ReadonlySet<string> = new Set([
  ...['into', 'from', 'or', 'abort', 'fail', 'ignore', 'replace', 'rollback', 'to', 'savepoint', 'transaction'],
  ...['table', 'view', 'index', 'trigger', 'virtual', 'temp', 'temporary', 'unique', 'if', 'not', 'exists'],
]);
/** Those of which the name says where it happens. */
const named: ReadonlySet<string> = new Set([
  'insert',
  'replace',
  'update',
  'delete',
  'create',
  'drop',
  'alter',
  'pragma',
]);
const mainWords: ReadonlySet<string> = new Set(['select', 'values', 'insert', 'replace', 'update', 'delete']);

/** Tells what a text does, by its own verb: not by those of its subqueries, values, or `on conflict do update`. */
export function statementShape(text: string): StatementShape {
  const statements = statementsOf(sqlTokens(text));
  const [first] = statements;
  if (first === undefined) return { verb: 'read', label: 'sql' };
  const changes = statements.find((tokens) => verbOf(tokens) === 'write');
  // A script is one I/O, in which something is written, wherever in it.
  if (statements.length > 1 && changes !== undefined) return { verb: 'write', label: labelOf(changes) };
  return { verb: verbOf(first), label: labelOf(first) };
}

function verbOf(tokens: readonly SqlToken[]): StatementVerb {
  return verbs.get(tokens[mainIndex(tokens)]?.text ?? '') ?? 'write';
}

function labelOf(tokens: readonly SqlToken[]): string {
  const index = mainIndex(tokens);
  const word = tokens[index]?.text ?? 'sql';
  const name =
    word === 'select' ? tableRead(tokens, index) : named.has(word) ? nameAfter(tokens, index + 1) : undefined;
  // It becomes part of a fault's address, which has signs of its own.
  return name === undefined ? word : `${word}.${name.replaceAll(/[^\p{L}\p{N}_$]/gu, '_')}`;
}

/** Behind the common table expressions, if there are any. */
function mainIndex(tokens: readonly SqlToken[]): number {
  if (tokens[0]?.text !== 'with') return 0;
  const index = tokens.findIndex(
    ({ text, kind, depth }, at) =>
      depth === 0 && kind === 'word' && mainWords.has(text) && !isNamedHere(tokens[at + 1]),
  );
  return index === -1 ? 0 : index;
}

/** `replace` may be a table expression's name. */
function isNamedHere(next: SqlToken | undefined): boolean {
  return next?.text === 'as' && next.kind === 'word';
}

/** The first table that is read and is not a table expression of the statement itself: of its own `from`, else of any. */
function tableRead(tokens: readonly SqlToken[], main: number): string | undefined {
  const expressions = new Set(
    tokens.filter((token, at) => at < main && token.depth === 0 && token.kind !== 'sign').map(({ text }) => text),
  );
  const own = tablesOf(tokens.slice(main)).find((name) => !expressions.has(name));
  return own ?? tablesOf(tokens).find((name) => !expressions.has(name));
}

function tablesOf(tokens: readonly SqlToken[]): readonly string[] {
  return tokens.flatMap(({ text, kind }, at) => {
    if (kind !== 'word' || (text !== 'from' && text !== 'join')) return [];
    const name = tokens[at + 1]?.kind === 'sign' ? undefined : nameAfter(tokens, at + 1);
    return name === undefined ? [] : [name];
  });
}

/** The name that begins there, without that of its schema. */
function nameAfter(tokens: readonly SqlToken[], from: number): string | undefined {
  let at = from;
  while (tokens[at]?.kind === 'word' && betweenVerbAndName.has(tokens[at]?.text ?? '')) at += 1;
  if (tokens[at + 1]?.text === '.') at += 2;
  const token = tokens[at];
  return token === undefined || token.kind === 'sign' ? undefined : token.text;
}

function statementsOf(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const statements: SqlToken[][] = [[]];
  for (const token of tokens) {
    if (token.text === ';' && token.kind === 'sign') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter(({ length }) => length > 0);
}
