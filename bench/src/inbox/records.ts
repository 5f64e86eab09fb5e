import type { Results } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { ratioOf } from '../harness/summary.ts';
import { freshEnvelopes } from './charge.ts';
import { InboxDatabase } from './inbox-database.ts';
import { BATCH_PG, INBOX, inboxWays } from './inbox-ways.ts';
import { RecordFilling } from './record-filling.ts';
import { type FedWay, takeTurns } from './take-turns.ts';

const FEW = 10_000;
const NEW = 'new messages';

/** Whether a message costs more when many are recorded, and what a duplicate costs. */
export const records: BenchRow = {
  name: 'records',
  title: 'cost of a message with few and with many records of the last 15 days, PostgreSQL',
  server: 'PostgreSQL',
  run: async (context) => {
    const databases: InboxDatabase[] = [];
    const filled = async (count: number): Promise<readonly StateWay[]> => {
      const database = await InboxDatabase.create(context);
      databases.push(database);
      return waysOf(database, count);
    };
    try {
      const few = await filled(FEW);
      const many = await filled(manyOf(context));
      const ways = [...few, ...many];
      // Apart: duplicates from all over the index push what is new out of the cache.
      const isNew = ({ name }: StateWay) => name.includes(NEW);
      return [
        ...(await compare(ways.filter(isNew), context, databases)),
        ...(await compare(
          ways.filter((way) => !isNew(way)),
          context,
          databases,
        )),
      ];
    } finally {
      for (const database of databases) await database.drop();
    }
  },
};

function manyOf({ quick, large }: BenchContext): number {
  if (quick) return 2 * FEW;
  return large ? 10_000_000 : 1_000_000;
}

interface StateWay extends FedWay {
  /** What its cost is compared with, and at what it is to stay. */
  readonly base: string | null;
}

async function waysOf(database: InboxDatabase, count: number): Promise<readonly StateWay[]> {
  const [template] = freshEnvelopes(1);
  if (template === undefined) throw new TypeError('there is no message to record');
  const named = new Map(inboxWays(database).map((way) => [way.name, way]));
  const one = named.get(INBOX);
  const batch = named.get(BATCH_PG);
  if (one === undefined || batch === undefined) throw new TypeError('the ways of the inbox have other names');
  await one.handle([template]);
  const filling = new RecordFilling(database, { template, count });
  await filling.fill();
  const way = (what: string, { handle, batch, concurrency }: FedWay, isNew: boolean): StateWay => ({
    name: stateName(count, what),
    base: count === FEW ? null : stateName(FEW, what),
    batch,
    concurrency,
    handle,
    ...(!isNew && { messages: (wanted) => filling.duplicates(wanted) }),
  });
  return [
    way(`${NEW}, ${INBOX}`, one, true),
    way(`${NEW}, ${BATCH_PG}`, batch, true),
    way(`duplicates, ${INBOX}`, one, false),
    way(`duplicates, ${BATCH_PG}`, batch, false),
  ];
}

function stateName(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} records: ${what}`;
}

async function compare(
  ways: readonly StateWay[],
  context: BenchContext,
  [database]: readonly InboxDatabase[],
): Promise<readonly Line[]> {
  if (database === undefined) throw new TypeError('no database');
  const results = await takeTurns(ways, { context, meter: () => database.meter() });
  return ways.map(({ name, base }) => resultsLine(results, { name, checks: checksOf(results, name, base) }));
}

function checksOf(results: Results, name: string, base: string | null): readonly Check[] {
  if (base === null) return [];
  const time = ratioOf(results.perSecond(base).samples, results.perSecond(name).samples);
  const cpu = ratioOf(results.serverMicros(name)?.samples ?? [], results.serverMicros(base)?.samples ?? []);
  const what = `"${base}"`;
  // Duplicates are looked for all over the index here, most of which no cache of a processor holds; in life they come soon.
  const target = name.includes(NEW) ? { most: 1.1 } : undefined;
  return [
    ratioCheck(`× the time per message of ${what}`, time, target),
    ratioCheck('× its PostgreSQL CPU per message', cpu, target),
  ];
}
