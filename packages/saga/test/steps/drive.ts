import type { Message } from '@holdfast/core';
import { decide } from '../../src/decide/decide.ts';
import type { Decision, SagaSnapshot } from '../../src/decide/decision.ts';
import type { SagaInput } from '../../src/decide/saga-input.ts';
import type { SagaDefinition } from '../../src/definition/saga-definition.ts';
import type { StepsData } from '../../src/steps/steps-data.ts';

/** One instance without a database: takes inputs one after another, stores its data as JSON, and knows what it sent and which timers are set. */
export class Drive {
  readonly #definition: SagaDefinition;
  #snapshot: SagaSnapshot | null = null;
  readonly sent: string[] = [];
  readonly payloads: unknown[] = [];
  readonly timers = new Map<string, number>();
  readonly states: string[] = [];

  constructor(definition: SagaDefinition) {
    this.#definition = definition;
  }

  get state(): string {
    return this.#snapshot?.state ?? '';
  }

  get data(): StepsData {
    return this.#snapshot?.data as StepsData;
  }

  event(name: string, data: object = {}): Decision {
    const event = this.#definition.events.get(name);
    if (event === undefined) throw new Error(`no event ${name}`);
    const whole = { orderId: 'o1', ...data };
    const message: Message = {
      id: '1',
      source: '/t',
      type: event.type,
      key: 'o1',
      time: 0,
      data: whole,
      attributes: {},
    };
    return this.#take({ kind: 'event', name, message });
  }

  /** Runs out now; it must be set. */
  timer(timer: string): Decision {
    if (!this.timers.has(timer))
      throw new Error(`the timer ${timer} is not set in ${this.state}: ${[...this.timers.keys()]}`);
    return this.#take({ kind: 'timer', timer });
  }

  operator(action: string): Decision {
    return this.#take({ kind: 'operator', action, actor: 'someone', reason: 'test' });
  }

  /** What was sent since the last call. */
  takeSent(): readonly string[] {
    return this.sent.splice(0);
  }

  #take(input: SagaInput): Decision {
    const decision = decide(this.#definition, this.#snapshot, { input, context: { key: 'o1', now: 0 } });
    if (input.kind === 'timer') this.timers.delete(input.timer);
    if (decision.kind !== 'moved') return decision;
    this.#snapshot = { state: decision.to, data: JSON.parse(JSON.stringify(decision.data)) };
    if (decision.to !== this.states.at(-1)) this.states.push(decision.to);
    for (const timer of decision.cancel) this.timers.delete(timer);
    for (const { timer, afterMs } of decision.schedule) this.timers.set(timer, afterMs);
    this.sent.push(...decision.sent.map(({ name }) => name));
    this.payloads.push(...decision.sent.map(({ message }) => message.data));
    return decision;
  }
}
