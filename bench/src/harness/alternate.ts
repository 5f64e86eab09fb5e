import type { Reading } from './meter.ts';
import { ratioOf, type Summary, summaryOf } from './summary.ts';

/** One round of a contender: how many messages, rows or transactions, and what they took. */
export interface Round extends Reading {
  readonly count: number;
}

/** One way of doing the work. `round` prepares what it needs, measures only the work itself, and cleans up. */
export interface Contender {
  readonly name: string;
  round(): Promise<Round>;
}

export interface AlternateOptions {
  readonly rounds: number;
  /** Rounds of each that are thrown away. */
  readonly warmUps: number;
}

/** Lets the contenders take turns: A B C, A B C, … so that all meet the same disturbances. */
export async function alternate(
  contenders: readonly Contender[],
  { rounds, warmUps }: AlternateOptions,
): Promise<Results> {
  const samples = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  if (samples.size < contenders.length) throw new TypeError('two contenders have the same name');
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const contender of contenders) {
      const sample = await contender.round();
      if (round >= 0) samples.get(contender.name)?.push(sample);
    }
  }
  return new Results(samples);
}

/** The rounds of contenders that took turns. */
export class Results {
  readonly #rounds: ReadonlyMap<string, readonly Round[]>;

  constructor(rounds: ReadonlyMap<string, readonly Round[]>) {
    this.#rounds = rounds;
  }

  perSecond(name: string): Summary {
    return summaryOf(this.#rates(name));
  }

  /** Rate of `name` as a share of the rate of `base`. */
  ratio(name: string, base: string): Summary {
    return ratioOf(this.#rates(name), this.#rates(base));
  }

  /** CPU of this process per message, in microseconds. */
  nodeMicros(name: string): Summary {
    return summaryOf(this.#of(name).map((round) => round.nodeMicros / round.count));
  }

  /** CPU of the server per message, in microseconds. */
  serverMicros(name: string): Summary | null {
    const values = this.#of(name).flatMap(({ serverMicros, count }) =>
      serverMicros === null ? [] : [serverMicros / count],
    );
    return values.length === 0 ? null : summaryOf(values);
  }

  /** CPU of this process per message, as a multiple of `base`. */
  nodeRatio(name: string, base: string): Summary {
    const perMessage = (of: string) => this.#of(of).map((round) => round.nodeMicros / round.count);
    return ratioOf(perMessage(name), perMessage(base));
  }

  #rates(name: string): readonly number[] {
    return this.#of(name).map((round) => round.count / round.seconds);
  }

  #of(name: string): readonly Round[] {
    const rounds = this.#rounds.get(name);
    if (rounds === undefined) throw new TypeError(`no contender is named "${name}"`);
    return rounds;
  }
}
