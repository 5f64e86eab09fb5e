import { alternate, type Contender, type Results, type Round } from '../harness/alternate.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import type { BusinessTransaction } from './business-transaction.ts';
import type { PostgresOutbox } from './postgres-outbox.ts';

export interface BusinessRoundsOptions {
  readonly connections: number;
  /** What one transaction counts for. @default 1 */
  readonly messages?: number;
  /** @default 1 */
  readonly seconds?: number;
}

/** Lets ways of running a business transaction take turns, each with as many transactions at a time as connections. */
export async function businessRounds(
  ways: readonly BusinessTransaction[],
  outbox: PostgresOutbox,
  options: BusinessRoundsOptions & { readonly context: BenchContext },
): Promise<Results> {
  const { context, connections, messages = 1 } = options;
  const seconds = context.quick ? 0.05 : (options.seconds ?? 1);
  const contenders = ways.map((way): Contender => {
    const pool = outbox.database.pool({ max: connections, pipeline: way.pipeline, idleTimeoutMillis: 0 });
    return {
      name: way.name,
      round: async () => {
        const round = await transactionsFor(seconds, { connections, outbox, run: (number) => way.run(pool, number) });
        return { ...round, count: round.count * messages };
      },
    };
  });
  return alternate(contenders, context);
}

interface Load {
  readonly connections: number;
  readonly outbox: PostgresOutbox;
  readonly run: (number: number) => Promise<void>;
}

async function transactionsFor(seconds: number, { connections, outbox, run }: Load): Promise<Round> {
  await outbox.pool.query('truncate orders, hand_written, holdfast_outbox_log');
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
