import { type AnyEventDefinition, type Message, type OutgoingMessage, quoted, summarizeError } from '@holdfast/core';
import { frozen } from '../../decide/frozen.ts';
import type { SagaDefinition } from '../../definition/saga-definition.ts';
import { receivedMessage } from '../../runtime/received-message.ts';
import { canonicalJson } from './canonical-json.ts';
import { Interner } from './interner.ts';
import { builtIn, type Problem } from './problem.ts';

/** A message on its way. */
export interface ModelMessage {
  readonly kind: 'event' | 'command';
  /** In the definition. */
  readonly name: string;
  readonly message: Message;
  /** The id that its sender gave it; `null`: each one sent has its own. */
  readonly fixedId: string | null;
  /** Why it cannot be handled. */
  readonly problem: Problem | null;
}

/** Where the events come from that begin it. */
export const startSource = '/start';

interface Made {
  readonly kind: ModelMessage['kind'];
  readonly name: string;
  readonly event: AnyEventDefinition;
  readonly sent: OutgoingMessage;
  readonly source: string;
}

/**
 * Messages by number. Messages with equal contents are one number: which of two equal messages is which can make no difference, since
 * nothing but their ids tells them apart.
 */
export class ModelMessages {
  readonly #definition: SagaDefinition;
  readonly #now: number;
  readonly #messages = new Interner<ModelMessage>();
  readonly #again = new Map<number, number>();
  readonly #key: string;

  /** @param start What begins the instance: its key is the one that all events must have. @throws UncorrelatedEventError */
  constructor(definition: SagaDefinition, start: OutgoingMessage, now: number) {
    this.#definition = definition;
    this.#now = now;
    this.#key = definition.keyOf(receivedMessage(start, { source: startSource, now, id: 'start' }));
  }

  /** Of the instance that is explored. */
  get key(): string {
    return this.#key;
  }

  get(number: number): ModelMessage {
    return this.#messages.value(number);
  }

  /** An event that the saga gets. */
  event(sent: OutgoingMessage, source: string): number {
    const name = this.#definition.eventName(sent.type);
    const event = name === undefined ? undefined : this.#definition.events.get(name);
    if (name === undefined || event === undefined) {
      throw new TypeError(
        `${quoted(sent.type)} is no event of saga ${quoted(this.#definition.name)}: answer with those.`,
      );
    }
    return this.#numberOf({ kind: 'event', name, event, sent, source });
  }

  /** A command of the saga. */
  command(name: string, sent: OutgoingMessage): number {
    const event = this.#definition.commands.get(name) as AnyEventDefinition;
    return this.#numberOf({ kind: 'command', name, event, sent, source: `/${this.#definition.name}` });
  }

  /** The same contents under another id. */
  again(number: number): number {
    const known = this.#again.get(number);
    if (known !== undefined) return known;
    const { message, ...rest } = this.get(number);
    const copy = Object.freeze({ ...message, id: `${message.id}/again` });
    const again = this.#messages.numberOf(`again ${number}`, () => ({ ...rest, message: copy }));
    this.#again.set(number, again);
    return again;
  }

  #numberOf(made: Made): number {
    const { kind, name, sent, source } = made;
    const text = canonicalJson([kind, name, source, sent]);
    return this.#messages.numberOf(text, () => this.#make(made, text));
  }

  #make({ kind, name, event, sent, source }: Made, text: string): ModelMessage {
    const fixedId = sent.id ?? null;
    const message = Object.freeze(
      receivedMessage(sent, { source, now: this.#now, id: `${sent.type}#${shortHash(text)}` }),
    );
    const common = { kind, name, fixedId };
    try {
      const decoded = Object.freeze({ ...message, data: frozen(event(message.data as never).data) });
      return { ...common, message: decoded, problem: kind === 'event' ? this.#strangeness(decoded) : null };
    } catch (error) {
      const problem = { property: builtIn.dataFits, detail: `${quoted(name)} is refused: ${summarizeError(error)}` };
      return { ...common, message, problem };
    }
  }

  #strangeness(message: Message): Problem | null {
    try {
      const key = this.#definition.keyOf(message);
      if (key === this.#key) return null;
      return { property: builtIn.belongs, detail: `${quoted(message.type)} belongs to instance ${quoted(key)}` };
    } catch (error) {
      return { property: builtIn.belongs, detail: summarizeError(error) };
    }
  }
}

/** FNV-1a, for ids that are the same in each run. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
