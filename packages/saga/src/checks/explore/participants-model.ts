import { type Message, type OutgoingMessage, summarizeError } from '@holdfast/core';
import { canonicalJson, frozenJson } from './canonical-json.ts';
import type { Participant } from './explore-options.ts';
import { Interner } from './interner.ts';
import type { ModelMessages } from './model-messages.ts';
import { builtIn, type Problem } from './problem.ts';

/** A reaction as it is explored. */
export interface ModelReaction {
  readonly label: string;
  /** The number of the world afterwards. */
  readonly world: number;
  /** Numbers of events. */
  readonly answers: readonly number[];
  readonly problem: Problem | null;
}

export interface ParticipantsModelOptions {
  readonly messages: ModelMessages;
  /** By the name of the command. */
  readonly participants: ReadonlyMap<string, Participant<unknown, Message>>;
  readonly lifelines: ReadonlyMap<string, string>;
}

/** What the participants do. The world is a number here; each reaction is computed once. */
export class ParticipantsModel {
  readonly #options: ParticipantsModelOptions;
  readonly #worlds = new Interner<unknown>();
  readonly #reactions = new Map<string, readonly ModelReaction[]>();

  constructor(options: ParticipantsModelOptions) {
    this.#options = options;
  }

  /** Those that are shown for a command. */
  lifeline(command: string): string {
    return this.#options.lifelines.get(command) ?? command;
  }

  world(number: number): unknown {
    return this.#worlds.value(number);
  }

  numberOf(world: unknown): number {
    const json = canonicalJson(world);
    return this.#worlds.numberOf(json, () => frozenJson(json));
  }

  /** What may become of a command, in the participant's order; empty when it drops one that it has seen. */
  reactions(world: number, command: number, redelivered: boolean): readonly ModelReaction[] {
    const text = `${world} ${command} ${redelivered}`;
    const known = this.#reactions.get(text);
    if (known !== undefined) return known;
    const reactions = this.#compute(world, command, redelivered);
    this.#reactions.set(text, reactions);
    return reactions;
  }

  #compute(world: number, command: number, redelivered: boolean): readonly ModelReaction[] {
    const { name, message, problem } = this.#options.messages.get(command);
    const participant = this.#options.participants.get(name);
    const wrong = (found: Problem) => [{ label: 'fails', world, answers: [], problem: found }];
    if (problem !== null) return wrong(problem);
    if (participant === undefined) return [];
    try {
      const reactions = participant(this.world(world), message, { redelivered });
      if (reactions.length === 0 && !redelivered)
        throw new TypeError('It says nothing of what it may do: return at least one reaction.');
      return reactions.map(({ label, world: after, answers = [] }) => ({
        label,
        world: after === undefined ? world : this.numberOf(after),
        answers: answers.map((answer: OutgoingMessage) =>
          this.#options.messages.event(answer, `/${this.lifeline(name)}`),
        ),
        problem: null,
      }));
    } catch (error) {
      return wrong({
        property: builtIn.noThrow,
        detail: `the participant that takes ${name}: ${summarizeError(error)}`,
      });
    }
  }
}
