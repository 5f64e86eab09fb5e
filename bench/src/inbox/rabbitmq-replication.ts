import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { onReplicatingPostgres } from '../harness/on-replicating-postgres.ts';
import { resultsLine } from '../harness/results-line.ts';
import { AmqpQueue } from '../transports/amqp-queue.ts';
import { consumeRound, openRaw, openTransport, type Servers } from './consume-round.ts';
import { InboxDatabase } from './inbox-database.ts';
import { BATCH_BULK, BATCH_PG, INBOX_10, inboxWays } from './inbox-ways.ts';
import { TransactionalInbox } from './transactional-inbox.ts';

const PEER = 'pg-transactional-outbox as an inbox, logical replication, 20 at a time';

/** Ways that have several messages in hand, as the peer has. */
const COMPARED: ReadonlySet<string> = new Set([INBOX_10, BATCH_PG, BATCH_BULK]);

/** Against a library that needs `wal_level = logical`, on a server that has it. */
export const rabbitmqReplication: BenchRow = {
  name: 'rabbitmq-replication',
  title: 'the same against an inbox by replication, PostgreSQL with wal_level = logical',
  server: 'PostgreSQL',
  run: (context) => onReplicatingPostgres(context, compare),
};

async function compare(context: BenchContext): Promise<readonly Line[]> {
  const queue = await AmqpQueue.create(context);
  const database = await InboxDatabase.create(context);
  const peer = await TransactionalInbox.create(database);
  const servers = { queue, database };
  try {
    const ours = inboxWays(database)
      .filter(({ name }) => COMPARED.has(name))
      .map(
        (way): Contender => ({
          name: way.name,
          round: () => consumeRound(servers, way, { count: context.quick ? 100 : 4_000, open: openTransport }),
        }),
      );
    const contenders = [{ name: PEER, round: () => peerRound(servers, peer, context.quick ? 100 : 1_000) }, ...ours];
    const results = await alternate(contenders, context);
    const checks = (name: string) => [ratioCheck('× pg-transactional-outbox', results.ratio(name, PEER))];
    return [
      resultsLine(results, { name: PEER }),
      ...ours.map(({ name }) => resultsLine(results, { name, checks: checks(name) })),
    ];
  } finally {
    await peer.drop();
    await database.drop();
    await queue.drop();
  }
}

/** Messages are stored and acked at once; the round ends when the last one is handled. */
async function peerRound(servers: Servers, peer: TransactionalInbox, count: number): Promise<Round> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let handled = 0;
  const shutdown = peer.listen(() => {
    handled += 1;
    if (handled === count) resolve();
  });
  const way = {
    name: PEER,
    batch: 1,
    concurrency: 10,
    handle: (messages: readonly Envelope[]) => peer.store(messages),
  };
  const round = await consumeRound(servers, way, { count, open: openRaw, settled: promise });
  await shutdown();
  return round;
}
