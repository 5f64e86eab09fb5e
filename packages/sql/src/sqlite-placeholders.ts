import { BoundedMap } from './bounded-map.ts';

/** A SQLite statement in the form that every driver takes: `?` in order, instead of `?1 … ?n`. */
export interface PositionalStatement {
  readonly text: string;
  /** Which of the statement's values goes to which `?`; `undefined` when they are in order already. */
  readonly order: readonly number[] | undefined;
}

/** Quoted text and comments are passed over; `?n` outside of them is a placeholder. */
const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|\?(\d+)/g;

/** Longer texts, inserts of very many rows, come in as many lengths, and would fill a cache. */
export const longestKeptText = 10_000;

const known = new BoundedMap<string, PositionalStatement>(500);

/**
 * Rewrites `?1 … ?n` to `?`. better-sqlite3 takes `?1` for a parameter named "1", and so refuses it with an array,
 * which is all that Kysely passes.
 */
export function positionalStatement(text: string): PositionalStatement {
  const found = known.get(text);
  if (found !== undefined) {
    return found;
  }
  const order: number[] = [];
  const rewritten = text.replace(tokens, (token: string, number: string | undefined) => {
    if (number === undefined) {
      return token;
    }
    order.push(Number(number) - 1);
    return '?';
  });
  const statement = { text: rewritten, order: order.every((value, index) => value === index) ? undefined : order };
  if (text.length <= longestKeptText) {
    known.set(text, statement);
  }
  return statement;
}

/** The values in the order of the rewritten statement's `?`. */
export function positionalValues(statement: PositionalStatement, values: readonly unknown[]): readonly unknown[] {
  return statement.order === undefined ? values : statement.order.map((index) => values[index]);
}
