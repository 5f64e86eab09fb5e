import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Results, type Round } from '../harness/alternate.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import type { Meter } from '../harness/meter.ts';
import { freshEnvelopes } from './charge.ts';
import type { Way } from './way.ts';

/** Short turns and many of them: a commit waits for the disk, and what the disk does changes from second to second. */
export const TURN_SECONDS = 0.1;
export const TURNS_PER_ROUND = 6;

/** More than can be handled in a turn. */
const MOST_SINGLE = 2_000;
const MOST_BATCHED = 6_000;

export interface TakeTurnsOptions {
  readonly context: BenchContext;
  readonly meter: () => Meter;
  /** Called after each turn with what was handled. */
  readonly afterTurn?: (count: number) => void;
  /** What a way is given in a turn. @default messages that were never there before */
  readonly messages?: (count: number) => readonly Envelope[];
}

/** Lets ways of handling messages take turns with messages that are in memory already. */
export function takeTurns(ways: readonly Way[], options: TakeTurnsOptions): Promise<Results> {
  const { context } = options;
  const contenders = ways.map((way): Contender => ({ name: way.name, round: () => turn(way, options) }));
  return alternate(contenders, {
    warmUps: context.warmUps,
    rounds: context.quick ? 1 : context.rounds * TURNS_PER_ROUND,
  });
}

async function turn(
  way: Way,
  { context, meter, afterTurn, messages = freshEnvelopes }: TakeTurnsOptions,
): Promise<Round> {
  const given = messages(way.batch > 1 ? MOST_BATCHED : MOST_SINGLE);
  const seconds = context.quick ? TURN_SECONDS / 4 : TURN_SECONDS;
  const timer = meter();
  let next = 0;
  timer.start();
  const until = performance.now() + seconds * 1e3;
  const worker = async () => {
    while (performance.now() < until && next < given.length) {
      const batch = given.slice(next, next + way.batch);
      next += batch.length;
      await way.handle(batch);
    }
  };
  await Promise.all(Array.from({ length: way.concurrency }, worker));
  const reading = timer.stop();
  afterTurn?.(next);
  return { ...reading, count: next };
}
