import { randomUUID } from 'node:crypto';
import { makeWorkerUtils } from 'graphile-worker';
import type pg from 'pg';
import { PgBoss } from 'pg-boss';
import { DatabaseSetup, getDisabledLogger, initializeMessageStorage } from 'pg-transactional-outbox';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import type { Line } from '../harness/line.ts';
import { businessRounds } from './business-rounds.ts';
import { awaited, type BusinessTransaction, orderAlone, sendAwaited, sendPipelined } from './business-transaction.ts';
import { orderMessage } from './order-message.ts';
import type { PostgresOutbox } from './postgres-outbox.ts';
import { checks, lines, withOutbox } from './write-postgres.ts';

const SEND = 'order + outbox.send on a pg client';
const TRANSACT = 'order + outbox.send in transact(), pipelined';

/** The same business transaction with what others offer for it. */
export const writePeers: BenchRow = {
  name: 'write-peers',
  title: 'send of one message in a business transaction, against peers',
  run: (context) =>
    withOutbox(context, async (outbox) => {
      const boss = await startBoss(outbox);
      try {
        const peers = [viaBoss(boss), await viaGraphileWorker(outbox), await viaTransactionalOutbox(outbox)];
        return [
          ...(await compare(outbox, context, { peers, connections: 1 })),
          ...(await compare(outbox, context, { peers, connections: 8 })),
        ];
      } finally {
        await boss.stop({ graceful: false });
      }
    }),
};

interface Comparison {
  readonly peers: readonly BusinessTransaction[];
  readonly connections: number;
}

async function compare(
  outbox: PostgresOutbox,
  context: BenchContext,
  { peers, connections }: Comparison,
): Promise<readonly Line[]> {
  const ours = [sendAwaited(outbox.store, { name: SEND }), sendPipelined(outbox.store, { name: TRANSACT })];
  const ways = [orderAlone, ...ours, ...peers];
  const results = await businessRounds(ways, outbox, { connections, context });
  const against = checks(results);
  const names = ways.map(({ name }) => name);
  const checksOf = Object.fromEntries(names.slice(1).map((name) => [name, [against(name, orderAlone.name)]]));
  return lines(results, { connections, names, checksOf });
}

async function startBoss(outbox: PostgresOutbox): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: outbox.database.url, supervise: false, schedule: false, max: 2 });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('orders');
  return boss;
}

function viaBoss(boss: PgBoss): BusinessTransaction {
  return awaited('order + pg-boss send({ db })', (client, number) =>
    boss.send('orders', orderMessage(number).data as object, {
      db: { executeSql: (text: string, values?: unknown[]) => client.query(text, values) },
    }),
  );
}

/** By SQL, prepared: what the documentation recommends inside of a transaction, at its fastest. */
async function viaGraphileWorker(outbox: PostgresOutbox): Promise<BusinessTransaction> {
  const utils = await makeWorkerUtils({ connectionString: outbox.database.url });
  await utils.migrate();
  await utils.release();
  return awaited('order + graphile-worker add_job()', (client, number) =>
    client.query({
      name: 'add_job',
      text: 'select graphile_worker.add_job($1, $2::json)',
      values: ['order.placed', JSON.stringify(orderMessage(number).data)],
    }),
  );
}

async function viaTransactionalOutbox(outbox: PostgresOutbox): Promise<BusinessTransaction> {
  const names = {
    outboxOrInbox: 'outbox' as const,
    database: new URL(outbox.database.url).pathname.slice(1),
    schema: 'public',
    table: 'transactional_outbox',
    listenerRole: 'postgres',
  };
  await outbox.pool.query(DatabaseSetup.dropAndCreateTable(names));
  await outbox.pool.query(DatabaseSetup.setupPollingIndexes({ ...names, nextMessagesName: 'next_messages' }));
  const store = initializeMessageStorage(
    { outboxOrInbox: 'outbox', settings: { dbSchema: names.schema, dbTable: names.table } } as Parameters<
      typeof initializeMessageStorage
    >[0],
    getDisabledLogger(),
  );
  return awaited('order + pg-transactional-outbox', (client: pg.PoolClient, number) => {
    const { type, data } = orderMessage(number);
    return store(
      { id: randomUUID(), aggregateType: 'order', aggregateId: String(number), messageType: type, payload: data },
      client,
    );
  });
}
