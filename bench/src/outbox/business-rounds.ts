import { alternate, type Contender, type Results, type Round } from '../harness/alternate.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import type { BusinessTransaction } from './business-transaction.ts';
import type { PostgresOutbox } from './postgres-outbox.ts';

export interface BusinessRoundsOptions {
  readonly connections: number;
}

/**
 * Short turns and many of them: a commit waits for the disk, and what the disk does changes from second to second.
 */
const TURN_SECONDS = 0.1;
const TURNS_PER_ROUND = 6;

/** Lets ways of running a business transaction take turns, each with as many transactions at a time as connections. */
export async function businessRounds(
  ways: readonly BusinessTransaction[],
  outbox: PostgresOutbox,
  options: BusinessRoundsOptions & { readonly context: BenchContext },
): Promise<Results> {
  const { context, connections } = options;
  const seconds = context.quick ? TURN_SECONDS / 4 : TURN_SECONDS;
  await outbox.pool.query('truncate orders, hand_written, holdfast_outbox_log');
  const contenders = ways.map((way): Contender => {
    const pool = outbox.database.pool({ max: connections, pipeline: way.pipeline, idleTimeoutMillis: 0 });
    return {
      name: way.name,
      round: () => transactionsFor(seconds, { connections, outbox, run: (number) => way.run(pool, number) }),
    };
  });
  return alternate(contenders, {
    warmUps: context.warmUps,
    rounds: context.quick ? 1 : context.rounds * TURNS_PER_ROUND,
  });
}

interface Load {
  readonly connections: number;
  readonly outbox: PostgresOutbox;
  readonly run: (number: number) => Promise<void>;
}

async function transactionsFor(seconds: number, { connections, outbox, run }: Load): Promise<Round> {
  const meter = outbox.meter();
  let count = 0;
  meter.start();
  const until = performance.now() + seconds * 1e3;
  const worker = async () => {
    while (performance.now() < until) {
      count += 1;
      await run(count * 1_000);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return { ...meter.stop(), count };
}
