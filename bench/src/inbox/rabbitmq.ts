import { alternate, type Contender } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import type { Line } from '../harness/line.ts';
import { AmqpQueue } from '../transports/amqp-queue.ts';
import { consumeRound, openRaw, openTransport, type Servers } from './consume-round.ts';
import { handWrittenWays } from './hand-written-ways.ts';
import { InboxDatabase } from './inbox-database.ts';
import { inboxWays } from './inbox-ways.ts';
import { linesOf } from './memory.ts';
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

async function compare(context: BenchContext, servers: Servers): Promise<readonly Line[]> {
  const { database } = servers;
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
    ...handWrittenWays(database).map((way) => contender(way, openRaw)),
    ...inboxWays(database).map((way) => contender(way, openTransport)),
  ];
  const results = await alternate(contenders, context);
  await database.expectCharges(handled);
  return linesOf(
    results,
    contenders.map(({ name }) => name),
  );
}

/** Some tenths of a second's worth: a queue is filled for each round. */
function countOf({ batch, concurrency }: Way): number {
  if (batch > 1) return 8_000;
  return concurrency > 1 ? 2_000 : 600;
}
