import { alternate, type Contender, type Results } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { ratioOf } from '../harness/summary.ts';
import { TURNS_PER_ROUND, timedTurn } from '../inbox/timed-turn.ts';
import type { Way } from '../inbox/way.ts';
import { TRANSITIONS } from './order-flow.ts';
import { orderSaga } from './order-saga.ts';
import { SagaDatabase } from './saga-database.ts';
import { SagaFilling } from './saga-filling.ts';
import { SAGA, SAGA_50, sagaBatch, sagaWay } from './saga-ways.ts';
import { WorkflowFeed } from './workflow-feed.ts';

const FEW = 1_000;
const TURN_SECONDS = 0.2;
const PREPARED = { single: 200, batched: 1_000 };

/** Whether a transition costs more when there are many instances. */
export const instances: BenchRow = {
  name: 'instances',
  title: `cost of a transition with few and with many instances, each with ${TRANSITIONS} entries of history, PostgreSQL`,
  server: 'PostgreSQL',
  run: async (context) => {
    const databases: SagaDatabase[] = [];
    const filled = async (count: number): Promise<readonly Contender[]> => {
      const database = await SagaDatabase.create(context);
      databases.push(database);
      const filling = await SagaFilling.create(database, { definition: orderSaga, events: TRANSITIONS });
      await filling.fill(count, 'old');
      await database.settle();
      return contendersOf(database, count, context);
    };
    try {
      const many = manyOf(context);
      const contenders = [...(await filled(FEW)), ...(await filled(many))];
      const results = await alternate(contenders, {
        warmUps: context.warmUps * 4,
        rounds: context.quick ? 1 : context.rounds * TURNS_PER_ROUND,
      });
      return [FEW, many].flatMap((count) => [SAGA, SAGA_50].map((way) => lineOf(results, count, way)));
    } finally {
      for (const database of databases) await database.drop();
    }
  },
};

function manyOf({ quick, large }: BenchContext): number {
  if (quick) return 2 * FEW;
  return large ? 1_000_000 : 100_000;
}

function contendersOf(database: SagaDatabase, count: number, { quick }: BenchContext): readonly Contender[] {
  const pool = database.pool({ max: 1, pipeline: true });
  const contender = (way: Way, prepared: number): Contender => {
    const feed = new WorkflowFeed(way);
    return {
      name: nameOf(count, way.name),
      round: async () => {
        feed.prepare(prepared);
        return timedTurn({
          meter: database.meter(),
          seconds: quick ? TURN_SECONDS / 4 : TURN_SECONDS,
          concurrency: way.concurrency,
          step: () => feed.step(),
        });
      },
    };
  };
  const definition = orderSaga;
  return [
    contender(sagaWay({ pool, concurrency: 1, definition }), PREPARED.single),
    contender(sagaBatch({ pool, definition }), PREPARED.batched),
  ];
}

function nameOf(count: number, way: string): string {
  return `${count.toLocaleString('en-US')} instances: ${way}`;
}

function lineOf(results: Results, count: number, way: string): Line {
  const checks = count === FEW ? [] : checksOf(results, nameOf(count, way), nameOf(FEW, way));
  return resultsLine(results, { name: nameOf(count, way), unit: 'transitions/s', checks });
}

function checksOf(results: Results, name: string, base: string): readonly Check[] {
  const time = ratioOf(results.perSecond(base).samples, results.perSecond(name).samples);
  const cpu = ratioOf(results.serverMicros(name)?.samples ?? [], results.serverMicros(base)?.samples ?? []);
  return [
    ratioCheck(`× the time per transition with ${FEW.toLocaleString('en-US')}`, time, { most: 1.1 }),
    ratioCheck('× its PostgreSQL CPU per transition', cpu, { most: 1.1 }),
  ];
}
