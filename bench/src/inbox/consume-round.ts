import type { Round } from '../harness/alternate.ts';
import type { AmqpQueue } from '../transports/amqp-queue.ts';
import { RawConfirmChannel } from '../transports/raw-confirm-channel.ts';
import { freshEnvelopes } from './charge.ts';
import type { InboxDatabase } from './inbox-database.ts';
import type { MessageSource } from './message-source.ts';
import { RawSource } from './raw-source.ts';
import { TransportSource } from './transport-source.ts';
import { BATCH, type Way } from './way.ts';

export interface Servers {
  readonly queue: AmqpQueue;
  readonly database: InboxDatabase;
}

export interface OpenSource {
  readonly source: MessageSource;
  /** After the measurement. */
  disconnect(): Promise<void>;
}

export interface ConsumeOptions {
  readonly count: number;
  readonly open: (queue: AmqpQueue, way: Way, count: number) => Promise<OpenSource>;
  /** What is waited for after the last message was taken and acked. */
  readonly settled?: Promise<void>;
}

/** Longer than any machine takes: a message that does not come must not stop the benchmark for ever. */
const DEADLINE_MS = 120_000;

/** Fills the queue and measures how long it takes to handle and ack all. */
export async function consumeRound(
  { queue, database }: Servers,
  way: Way,
  { count, open, settled }: ConsumeOptions,
): Promise<Round> {
  await fill(queue, count);
  const meter = database.meter();
  const { source, disconnect } = await open(queue, way, count);
  const worker = async () => {
    for (;;) {
      const { envelopes, ack } = await source.take(way.batch);
      if (envelopes.length === 0) return;
      await way.handle(envelopes);
      ack();
    }
  };
  const consume = async () => {
    meter.start();
    await Promise.all(Array.from({ length: way.concurrency }, worker));
    await source.close();
    await settled;
    return { ...meter.stop(), count };
  };
  const round = await withinDeadline(consume());
  await disconnect();
  return round;
}

async function withinDeadline<Result>(work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('Not all messages came within two minutes.')), DEADLINE_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Also removes what came back: a quorum queue may not know the last acks of a channel that is closed right after them. */
async function fill(queue: AmqpQueue, count: number): Promise<void> {
  await queue.empty();
  const channel = await RawConfirmChannel.open(queue.connection, 'CloudEvents');
  await channel.publishAll(freshEnvelopes(count));
  await channel.close();
}

/** The hand-written consumer. */
export async function openRaw({ connection, name }: AmqpQueue, way: Way, count: number): Promise<OpenSource> {
  const multiple = way.concurrency === 1;
  // A batch is handled while the next one arrives.
  const prefetch = way.batch > 1 ? 2 * BATCH : BATCH;
  const source = await RawSource.open(connection, { queue: name, prefetch, count, multiple });
  return { source, disconnect: async () => {} };
}

/** Ours, with its default settings. */
export async function openTransport(queue: AmqpQueue, _way: Way, count: number): Promise<OpenSource> {
  const transport = await queue.transport();
  // Connects, so that this is not measured, and takes nothing.
  await transport.reader(`${queue.name}.dead-letter`).pull(1, { waitMs: 0 });
  return { source: new TransportSource(transport.reader(queue.name), count), disconnect: () => transport.close() };
}
