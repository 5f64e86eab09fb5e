import { randomUUID } from 'node:crypto';
import { SyncOutbox } from '@holdfast/outbox';
import { BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { alternate, type Contender } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import type { Check, Line } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { keyOf } from './business-transaction.ts';
import { orderMessage } from './order-message.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';
import { checks } from './write-postgres.ts';

const ALONE = 'order alone';
const HAND = 'order + hand-written insert';
const SEND = 'order + SyncOutbox.send';
const KEYED = 'order + SyncOutbox.send with a key';
const HAND_MANY = 'order + 100 hand-written inserts';
const SEND_MANY = 'order + SyncOutbox.send of 100';

/** The same on SQLite (WAL, synchronous = normal), where nothing waits for a disk or a network. */
export const writeSqlite: BenchRow = {
  name: 'write-sqlite',
  title: 'send in a business transaction, SQLite',
  run: async (context) => {
    const outbox = await SqliteOutbox.create();
    try {
      return await compare(outbox, context);
    } finally {
      outbox.drop();
    }
  },
};

async function compare(outbox: SqliteOutbox, context: BenchContext): Promise<readonly Line[]> {
  const results = await alternate(contenders(outbox, context), context);
  const against = checks(results);
  const checksOf: Readonly<Record<string, readonly Check[]>> = {
    [HAND]: [against(HAND, ALONE)],
    [SEND]: [against(SEND, HAND, { least: 0.95 }), against(SEND, ALONE)],
    [KEYED]: [against(KEYED, SEND, { least: 0.9 })],
    [SEND_MANY]: [against(SEND_MANY, HAND_MANY, { least: 0.8 })],
  };
  const names = [ALONE, HAND, SEND, KEYED, HAND_MANY, SEND_MANY];
  return names.map((name) => resultsLine(results, { name, unit: 'tx/s', checks: checksOf[name] ?? [] }));
}

function contenders({ db, store, meter }: SqliteOutbox, context: BenchContext): readonly Contender[] {
  db.exec('create table orders (id integer primary key, customer text, total_cents integer, status text) strict');
  db.exec(
    'create table hand_written (position integer primary key, id text, type text, key text, headers text, body text) strict',
  );
  const order = db.prepare('insert into orders (customer, total_cents, status) values (?, ?, ?)');
  const hand = db.prepare('insert into hand_written (id, type, key, headers, body) values (?, ?, ?, ?, ?)');
  const outbox = new SyncOutbox({ store, source: '/orders', transactions: new BetterSqlite3Transactions() });
  const insert = (number: number) => {
    const { type, data } = orderMessage(number);
    const headers = { time: new Date().toISOString(), datacontenttype: 'application/json' };
    hand.run(randomUUID(), type, keyOf(number), JSON.stringify(headers), JSON.stringify(data));
  };
  const hundred = Array.from({ length: 100 }, (_, index) => index);
  const way = (name: string, work: (number: number) => unknown): Contender => {
    const transaction = db.transaction((number: number) => {
      order.run(`customer-${number % 9_973}`, 10_000 + (number % 90_000), 'placed');
      work(number);
    });
    return {
      name,
      round: async () => {
        db.exec('delete from orders; delete from hand_written; delete from holdfast_outbox_log');
        db.pragma('wal_checkpoint(truncate)');
        const timer = meter();
        const until = performance.now() + (context.quick ? 50 : 700);
        let count = 0;
        timer.start();
        while (performance.now() < until) {
          count += 1;
          transaction(count * 1_000);
        }
        return { ...timer.stop(), count };
      },
    };
  };
  return [
    way(ALONE, () => {}),
    way(HAND, insert),
    way(SEND, (number) => outbox.send(db, orderMessage(number))),
    way(KEYED, (number) => outbox.send(db, orderMessage(number, keyOf(number)))),
    way(HAND_MANY, (number) => {
      for (const index of hundred) insert(number + index);
    }),
    way(SEND_MANY, (number) =>
      outbox.send(
        db,
        hundred.map((index) => orderMessage(number + index)),
      ),
    ),
  ];
}
