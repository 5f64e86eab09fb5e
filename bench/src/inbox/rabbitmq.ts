import { alternate, type Contender, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import type { Line } from '../harness/line.ts';
import { AmqpQueue } from '../transports/amqp-queue.ts';
import { RawConfirmChannel } from '../transports/raw-confirm-channel.ts';
import { freshEnvelopes } from './charge.ts';
import { handWrittenWays } from './hand-written-ways.ts';
import { InboxDatabase } from './inbox-database.ts';
import { inboxWays } from './inbox-ways.ts';
import { linesOf } from './memory.ts';
import type { MessageSource } from './message-source.ts';
import { RawSource } from './raw-source.ts';
import { TransportSource } from './transport-source.ts';
import { BATCH, type Way } from './way.ts';

/** From a full queue into the database. */
export const rabbitmq: BenchRow = {
  name: 'rabbitmq',
  title: 'one insert per message, from a quorum queue, PostgreSQL and RabbitMQ',
  server: 'PostgreSQL',
  run: async (context) => {
    const queue = await AmqpQueue.create(context);
    const database = await InboxDatabase.create(context);
    try {
      return await compare(context, { queue, database });
    } finally {
      await database.drop();
      await queue.drop();
    }
  },
};

interface Servers {
  readonly queue: AmqpQueue;
  readonly database: InboxDatabase;
}

async function compare(context: BenchContext, servers: Servers): Promise<readonly Line[]> {
  const { database } = servers;
  const byHand = handWrittenWays(database);
  const ours = inboxWays(database);
  let handled = 0;
  const contender = (way: Way, open: typeof openRaw): Contender => ({
    name: way.name,
    round: async () => {
      const count = context.quick ? BATCH : countOf(way);
      handled += count;
      return consumeRound(servers, way, { count, open });
    },
  });
  const contenders = [
    ...byHand.map((way) => contender(way, openRaw)),
    ...ours.map((way) => contender(way, openTransport)),
  ];
  const results = await alternate(contenders, context);
  await database.expectCharges(handled);
  return linesOf(
    results,
    contenders.map(({ name }) => name),
  );
}

/** Half a second's worth, more or less. */
function countOf({ batch, concurrency }: Way): number {
  if (batch > 1) return 12_000;
  return concurrency > 1 ? 4_000 : 1_200;
}

interface ConsumeOptions {
  readonly count: number;
  readonly open: (queue: AmqpQueue, way: Way, count: number) => Promise<OpenSource>;
}

interface OpenSource {
  readonly source: MessageSource;
  /** After the measurement. */
  disconnect(): Promise<void>;
}

async function consumeRound({ queue, database }: Servers, way: Way, { count, open }: ConsumeOptions): Promise<Round> {
  await fill(queue, count);
  const meter = database.meter();
  const opened = await open(queue, way, count);
  meter.start();
  const worker = async () => {
    for (;;) {
      const { envelopes, ack } = await opened.source.take(way.batch);
      if (envelopes.length === 0) return;
      await way.handle(envelopes);
      ack();
    }
  };
  await Promise.all(Array.from({ length: way.concurrency }, worker));
  await opened.source.close();
  const reading = meter.stop();
  await opened.disconnect();
  return { ...reading, count };
}

/** Also removes what came back: a quorum queue may not know the last acks of a channel that is closed right after them. */
async function fill(queue: AmqpQueue, count: number): Promise<void> {
  await queue.empty();
  const channel = await RawConfirmChannel.open(queue.connection, 'CloudEvents');
  await channel.publishAll(freshEnvelopes(count));
  await channel.close();
}

async function openRaw({ connection, name }: AmqpQueue, way: Way, count: number): Promise<OpenSource> {
  const multiple = way.concurrency === 1;
  // A batch is handled while the next one arrives.
  const prefetch = way.batch > 1 ? 2 * BATCH : BATCH;
  const source = await RawSource.open(connection, { queue: name, prefetch, count, multiple });
  return { source, disconnect: async () => {} };
}

async function openTransport(queue: AmqpQueue, _way: Way, count: number): Promise<OpenSource> {
  const transport = await queue.transport();
  // Connects, so that this is not measured, and takes nothing.
  await transport.reader(`${queue.name}.dead-letter`).pull(1, { waitMs: 0 });
  return { source: new TransportSource(transport.reader(queue.name), count), disconnect: () => transport.close() };
}
