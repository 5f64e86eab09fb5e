import { quoted, summarizeError } from '@holdfast/core';
import type { SagaDefinition } from '../../definition/saga-definition.ts';
import type { StateKind } from '../../definition/state-spec.ts';
import type { ModelMessages } from './model-messages.ts';
import type { ParticipantsModel } from './participants-model.ts';
import { builtIn, type Problem } from './problem.ts';
import type { ModelInstance, SagaModel } from './saga-model.ts';

/** A {@link Situation} without its types. */
export interface LooseSituation {
  readonly state: string;
  readonly kind: StateKind;
  readonly data: unknown;
  readonly world: unknown;
  readonly timers: readonly string[];
  readonly parked: readonly string[];
}

export type LooseProperties = Readonly<Record<string, (situation: LooseSituation) => boolean>>;

export interface PropertiesOptions {
  readonly definition: SagaDefinition;
  readonly messages: ModelMessages;
  readonly saga: SagaModel;
  readonly participants: ParticipantsModel;
  readonly always: LooseProperties;
  readonly finally: LooseProperties;
}

/** What must hold. Each property is asked once about each pair of instance and world: it sees nothing else. */
export class Properties {
  readonly #options: PropertiesOptions;
  readonly #always = new Map<string, Problem | null>();
  readonly #atRest = new Map<string, Problem | null>();

  constructor(options: PropertiesOptions) {
    this.#options = options;
  }

  /** The first property that does not hold. */
  broken(instance: number, world: number, isAtRest: boolean): Problem | null {
    const text = `${instance} ${world}`;
    const always = remembered(this.#always, text, () => this.#brokenAlways(instance, world));
    if (always !== null || !isAtRest) return always;
    return remembered(this.#atRest, text, () => this.#brokenAtRest(instance, world));
  }

  /** `null`: it has not begun. */
  situation(instance: number, world: number): LooseSituation | null {
    const { definition, messages, saga, participants } = this.#options;
    const { snapshot, timers, parked } = saga.instance(instance);
    if (snapshot === null) return null;
    return {
      ...snapshot,
      kind: definition.states.get(snapshot.state)?.kind ?? 'active',
      world: participants.world(world),
      timers,
      parked: parked.map((number) => messages.get(number).name),
    };
  }

  #brokenAlways(instance: number, world: number): Problem | null {
    const situation = this.situation(instance, world);
    if (situation === null) return null;
    return this.#leftTimer(this.#options.saga.instance(instance)) ?? brokenOf(this.#options.always, situation);
  }

  #brokenAtRest(instance: number, world: number): Problem | null {
    const situation = this.situation(instance, world);
    if (situation === null)
      return { property: builtIn.neverStuck, detail: 'it never begins, and nothing is left to happen' };
    const { kind, state } = situation;
    if (kind === 'final' || kind === 'attention') return brokenOf(this.#options.finally, situation);
    return {
      property: builtIn.neverStuck,
      detail: `it is in ${kind} state ${quoted(state)}, and nothing is left to happen`,
    };
  }

  #leftTimer({ snapshot, timers }: ModelInstance): Problem | null {
    const state = this.#options.definition.states.get(snapshot?.state ?? '');
    if (state?.kind !== 'final') return null;
    const left = timers.find((timer) => !state.timers.has(timer));
    if (left === undefined) return null;
    return { property: builtIn.noTimerLeft, detail: `timer ${quoted(left)} is set in ${quoted(state.name)}` };
  }
}

function brokenOf(properties: LooseProperties, situation: LooseSituation): Problem | null {
  for (const [property, holds] of Object.entries(properties)) {
    try {
      if (!holds(situation)) return { property, detail: 'its function says false' };
    } catch (error) {
      return { property, detail: summarizeError(error) };
    }
  }
  return null;
}

function remembered<Value>(memory: Map<string, Value>, text: string, compute: () => Value): Value {
  const known = memory.get(text);
  if (known !== undefined) return known;
  const value = compute();
  memory.set(text, value);
  return value;
}
