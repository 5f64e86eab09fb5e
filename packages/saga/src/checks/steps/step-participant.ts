import type { Message, OutgoingMessage } from '@holdfast/core';
import type { StepPlan } from '../../definition/step-plan.ts';
import type { Delivery, Reaction } from '../explore/explore-options.ts';

/** What became of a step in the world, whatever the saga knows of it. */
export interface StepEffect {
  /** Whether it happened. */
  readonly done: boolean;
  readonly undone: boolean;
  /** The failure that it answers from now on; `null`: it has not refused, or may do so and succeed later. */
  readonly refusal: string | null;
}

/** By the names of the steps. */
export type StepsWorld = Readonly<Record<string, StepEffect>>;

export interface StepParticipantOptions {
  readonly plan: StepPlan;
  /** Makes the event that answers a command. */
  readonly answer: (event: string, command: Message) => OutgoingMessage;
  /** Whether the compensation may be refused. */
  readonly compensationsFail: boolean;
  /** Whether it finds out what it did not know, and says it then. */
  readonly settles: boolean;
}

interface Outcome {
  readonly label: string;
  readonly events: readonly string[];
  readonly effect?: Partial<StepEffect>;
}

/**
 * Does a step and undoes it, as one does that knows the business key: what it has done it does not do again, and answers as before. It
 * is behind an inbox.
 */
export class StepParticipant {
  readonly #options: StepParticipantOptions;

  constructor(options: StepParticipantOptions) {
    this.#options = options;
  }

  /** The command of the step. */
  do(world: StepsWorld, command: Message, { redelivered }: Delivery): readonly Reaction<StepsWorld>[] {
    return redelivered ? [] : this.#reactions(world, command, this.#ways(this.#effect(world)));
  }

  /** The command of its compensation. */
  undo(world: StepsWorld, command: Message, { redelivered }: Delivery): readonly Reaction<StepsWorld>[] {
    return redelivered ? [] : this.#reactions(world, command, this.#waysBack(this.#effect(world)));
  }

  #effect(world: StepsWorld): StepEffect {
    return world[this.#options.plan.name] ?? { done: false, undone: false, refusal: null };
  }

  #ways({ done, undone, refusal }: StepEffect): readonly Outcome[] {
    const { success, failures } = this.#options.plan;
    if (undone && !done) return [{ label: 'was told to undo it before', events: failures.slice(0, 1) }];
    if (done) return [{ label: 'has done it before', events: [success] }];
    if (refusal !== null) return [{ label: 'refuses as before', events: [refusal] }];
    return [
      { label: 'does it', events: [success], effect: { done: true } },
      ...failures.map((event) => ({ label: 'refuses', events: [event], effect: this.#refused(event) })),
      ...this.#unclearWays(),
    ];
  }

  #unclearWays(): readonly Outcome[] {
    const { plan, settles } = this.#options;
    const { success, failures, unclear } = plan;
    if (unclear === null) return [];
    const does = { label: 'does it, and does not know', effect: { done: true } };
    if (!settles)
      return [
        { ...does, events: [unclear] },
        { label: 'does not know, and did nothing', events: [unclear] },
      ];
    return [
      { ...does, events: [unclear, success] },
      ...failures.map((event) => ({
        label: 'does not know, and refuses',
        events: [unclear, event],
        effect: this.#refused(event),
      })),
    ];
  }

  /** One that is asked again after a failure may do it then. */
  #refused(event: string): Partial<StepEffect> {
    return this.#options.plan.attempts > 1 ? {} : { refusal: event };
  }

  #waysBack({ undone }: StepEffect): readonly Outcome[] {
    const { compensationsFail, plan } = this.#options;
    if (plan.compensation === null) return [];
    const { success, failure } = plan.compensation;
    if (undone) return [{ label: 'has undone it before', events: [success] }];
    const undoes = { label: 'undoes it', events: [success], effect: { undone: true } };
    return failure === null || !compensationsFail ? [undoes] : [undoes, { label: 'cannot undo it', events: [failure] }];
  }

  #reactions(world: StepsWorld, command: Message, outcomes: readonly Outcome[]): readonly Reaction<StepsWorld>[] {
    const { plan, answer } = this.#options;
    return outcomes.map(({ label, events, effect }) => ({
      label,
      world: { ...world, [plan.name]: { ...this.#effect(world), ...effect } },
      answers: events.map((event) => answer(event, command)),
    }));
  }
}
