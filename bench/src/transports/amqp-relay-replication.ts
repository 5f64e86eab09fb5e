import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { onReplicatingPostgres } from '../harness/on-replicating-postgres.ts';
import { resultsLine } from '../harness/results-line.ts';
import { PostgresOutbox } from '../outbox/postgres-outbox.ts';
import { AmqpQueue } from './amqp-queue.ts';
import { payloadEnvelope } from './payload-envelope.ts';
import { RawConfirmChannel } from './raw-confirm-channel.ts';
import { relayAll } from './relay-all.ts';
import { TransactionalOutboxRelay } from './transactional-outbox-relay.ts';

const RELAY = 'Relay with AmqpTransport';
const PEER = 'pg-transactional-outbox, logical replication, 20 at a time';

/** Against a library that needs `wal_level = logical`, on a server that has it. */
export const amqpRelayReplication: BenchRow = {
  name: 'amqp-relay-replication',
  title: 'outbox → quorum queue against a relay by replication, PostgreSQL with wal_level = logical',
  server: 'PostgreSQL',
  run: (context) => onReplicatingPostgres(context, compare),
};

async function compare(context: BenchContext): Promise<readonly Line[]> {
  const outbox = await PostgresOutbox.create(context);
  const queue = await AmqpQueue.create(context);
  const peer = await TransactionalOutboxRelay.create(outbox.database);
  const count = context.quick ? 1_000 : 20_000;
  await outbox.fill({ count, keys: 0 });
  await outbox.settle();
  try {
    const contenders: readonly Contender[] = [
      { name: RELAY, round: () => relayAll({ outbox, queue, count }) },
      { name: PEER, round: () => peerRound({ outbox, queue, peer, count: context.quick ? 100 : 2_000 }) },
    ];
    const results = await alternate(contenders, context);
    const checks = [ratioCheck('× pg-transactional-outbox', results.ratio(RELAY, PEER), { least: 15 })];
    return [resultsLine(results, { name: RELAY, checks }), resultsLine(results, { name: PEER })];
  } finally {
    await peer.drop();
    await queue.drop();
    await outbox.drop();
  }
}

interface PeerRound {
  readonly outbox: PostgresOutbox;
  readonly queue: AmqpQueue;
  readonly peer: TransactionalOutboxRelay;
  readonly count: number;
}

async function peerRound({ outbox, queue, peer, count }: PeerRound): Promise<Round> {
  const channel = await RawConfirmChannel.open(queue.connection, 'CloudEvents');
  const publish = (id: string, payload: unknown) => channel.publish(payloadEnvelope(id, payload));
  const round = await peer.relay({ meter: outbox.meter(), count, publish });
  await channel.close();
  return queue.emptied(round);
}
