import type { Envelope } from '@holdfast/core';
import { alternate, type Contender, type Results, type Round } from '../harness/alternate.ts';
import type { BenchContext } from '../harness/bench-row.ts';
import type { Meter } from '../harness/meter.ts';
import { freshEnvelopes } from './charge.ts';
import { TURN_SECONDS, TURNS_PER_ROUND, timedTurn } from './timed-turn.ts';
import type { Way } from './way.ts';

/** More than can be handled in a turn, one by one and in batches. */
export interface MostMessages {
  readonly single: number;
  readonly batched: number;
}

const POSTGRES_MOST: MostMessages = { single: 2_000, batched: 8_000 };

export interface TakeTurnsOptions {
  readonly context: BenchContext;
  readonly meter: () => Meter;
  /** Called after each turn with how many messages were handled. */
  readonly afterTurn?: (count: number) => void;
  /** @default what is enough for PostgreSQL */
  readonly most?: MostMessages;
}

/** A way whose messages are not new ones. */
export interface FedWay extends Way {
  readonly messages?: (count: number) => Promise<readonly Envelope[]>;
}

/** Lets ways of handling messages take turns with messages that are in memory already. */
export function takeTurns(ways: readonly FedWay[], options: TakeTurnsOptions): Promise<Results> {
  const { context } = options;
  const contenders = ways.map((way): Contender => ({ name: way.name, round: () => turn(way, options) }));
  return alternate(contenders, {
    warmUps: context.warmUps,
    rounds: context.quick ? 1 : context.rounds * TURNS_PER_ROUND,
  });
}

async function turn(way: FedWay, options: TakeTurnsOptions): Promise<Round> {
  const { context, meter, afterTurn, most = POSTGRES_MOST } = options;
  const count = way.batch > 1 ? most.batched : most.single;
  const given = way.messages === undefined ? freshEnvelopes(count) : await way.messages(count);
  let next = 0;
  const round = await timedTurn({
    meter: meter(),
    seconds: context.quick ? TURN_SECONDS / 4 : TURN_SECONDS,
    concurrency: way.concurrency,
    step: async () => {
      const batch = given.slice(next, next + way.batch);
      next += batch.length;
      if (batch.length > 0) await way.handle(batch);
      return batch.length;
    },
  });
  afterTurn?.(round.count);
  return round;
}
