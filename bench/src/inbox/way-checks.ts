import type { Results } from '../harness/alternate.ts';
import { type Check, ratioCheck } from '../harness/line.ts';
import { TRANSACTION } from './hand-written-ways.ts';

const targets: Readonly<Record<string, number>> = {};

/** Everything is held against a transaction for each message, one after the other on one connection. */
export function wayChecks(results: Results, name: string): readonly Check[] {
  if (name === TRANSACTION) return [];
  const least = targets[name];
  return [
    ratioCheck(
      '× "begin, insert, commit"',
      results.ratio(name, TRANSACTION),
      least === undefined ? undefined : { least },
    ),
  ];
}
