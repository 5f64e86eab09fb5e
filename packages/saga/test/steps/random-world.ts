import type { Random } from '@holdfast/core';
import type { SagaDefinition } from '../../src/definition/saga-definition.ts';
import { Drive } from './drive.ts';

interface Participant {
  effects: number;
  undone: number;
  /** It was told to undo what it had not done, or has undone: later commands come too late. */
  isClosed: boolean;
  /** A person had it undone without knowing whether it was done. */
  isJudged: boolean;
  /** A failure settles what is unclear, so it never does in secret what it said that it refused. */
  hasRefused: boolean;
}

/** The saga and its participants: messages in flight arrive in any order, some twice; timers run out at any moment; persons act. */
export class RandomWorld {
  readonly drive: Drive;
  readonly participants = new Map<string, Participant>();
  /** The steps in the order in which they were first told to undo. */
  readonly undoing: string[] = [];
  /** Rules that were broken. */
  readonly broken: string[] = [];
  readonly #definition: SagaDefinition;
  readonly #random: Random;
  readonly #inFlight: string[] = ['begun'];
  /** What may still go wrong; then everything succeeds, so that each run ends. */
  #trouble = 25;
  readonly #badLuck: number;
  readonly #rarely: number;

  constructor(definition: SagaDefinition, random: Random) {
    this.#definition = definition;
    this.#random = random;
    this.#badLuck = random.next() * 0.3;
    this.#rarely = random.next() * 0.4;
    this.drive = new Drive(definition);
    for (const { name } of definition.steps) {
      this.participants.set(name, {
        effects: 0,
        undone: 0,
        isClosed: false,
        isJudged: false,
        hasRefused: false,
      });
    }
  }

  /** Until nothing is left that could happen. */
  run(): void {
    for (let step = 0; step < 2_000; step += 1) {
      if (!this.#step()) return;
    }
    this.broken.push(`no end: ${this.drive.states.slice(-10).join(', ')}`);
  }

  #step(): boolean {
    const messages = this.#inFlight.map((message) => () => this.#arrive(message));
    const timers = [...this.drive.timers.keys()].map((timer) => () => this.#input(() => this.drive.timer(timer)));
    const persons = this.#actions().map((action) => () => this.#act(action));
    // Mostly something arrives; the rest has its turn all the same, and all of it when nothing is in flight.
    const isRare = messages.length === 0 || this.#random.next() < this.#rarely;
    const happens = isRare ? [...timers, ...persons] : messages;
    const picked = happens[this.#below(happens.length)];
    picked?.();
    return picked !== undefined || messages.length > 0;
  }

  /** What a person may do here; cancelling is trouble. */
  #actions(): readonly string[] {
    const state = this.#definition.states.get(this.drive.state);
    const actions = [...(state?.operator.keys() ?? [])];
    return this.#trouble > 0 || state?.kind === 'attention' ? actions : actions.filter((action) => action !== 'cancel');
  }

  #act(action: string): void {
    if (action === 'cancel' && !this.#isTrouble()) return;
    if (this.drive.state.endsWith(':uncertain') && !this.#judges(action)) return;
    const step = this.drive.state.split(':')[0] ?? '';
    this.#input(() => this.drive.operator(action));
    // A person skips what was undone by hand.
    if (action === 'skip') this.#undo(step);
  }

  /** A person looks before saying that nothing happened. */
  #judges(action: string): boolean {
    const { steps } = this.drive.data;
    const unclear = [...this.participants].filter(([name]) => ['unclear', 'uncertain'].includes(steps[name] ?? ''));
    if (action === 'dismiss') return unclear.every(([, { effects, undone }]) => effects === undone);
    if (action === 'compensate') for (const [, participant] of unclear) participant.isJudged = true;
    return true;
  }

  #arrive(message: string): void {
    if (!this.#isTrouble()) this.#inFlight.splice(this.#inFlight.indexOf(message), 1);
    if (this.#definition.events.has(message)) this.#input(() => this.drive.event(message));
    else this.#answer(message);
  }

  #input(take: () => unknown): void {
    const before = { state: this.drive.state, steps: this.drive.data?.steps ?? {} };
    take();
    this.#inFlight.push(...this.drive.takeSent());
    const { state, data } = this.drive;
    const isUndoing = state !== before.state && state.endsWith(':compensating');
    if (!isUndoing || before.state === `${state.split(':')[0]}:compensation_failed`) return;
    this.#checkOrder(state.split(':')[0] ?? '', data.steps);
  }

  /** What is undone is the latest of all that are done. */
  #checkOrder(step: string, statuses: Readonly<Record<string, string | undefined>>): void {
    const names = this.#definition.steps.map(({ name }) => name);
    const later = names.slice(names.indexOf(step) + 1).filter((name) => statuses[name] === 'done');
    if (later.length > 0) this.broken.push(`${step} is undone before ${later.join(', ')}`);
    if (this.undoing.includes(step)) this.broken.push(`${step} is undone twice`);
    this.undoing.push(step);
  }

  /** A participant does its work once, whatever it is told how often. */
  #answer(command: string): void {
    const [, undo, letter] = /^(undo|do)([A-Z])$/.exec(command) ?? [];
    if (letter === undefined) return;
    const step = letter.toLowerCase();
    this.#inFlight.push(`${step}${undo === 'undo' ? this.#undoneBy(step) : this.#doneBy(step)}`);
  }

  #undoneBy(step: string): string {
    if (this.#isTrouble()) return 'NotUndone';
    this.#undo(step);
    return 'Undone';
  }

  #undo(step: string): void {
    const participant = this.participants.get(step)!;
    if (participant.effects > participant.undone) participant.undone += 1;
    else if (!participant.isClosed && !participant.isJudged) this.broken.push(`${step} is undone and was not done`);
    participant.isClosed = true;
  }

  #doneBy(step: string): string {
    const participant = this.participants.get(step)!;
    if (participant.isClosed) return 'Failed';
    const answer =
      participant.effects === 0 && this.#isTrouble() ? (this.#random.next() < 0.5 ? 'Failed' : 'Unclear') : 'Done';
    if (answer === 'Done' || (answer === 'Unclear' && !participant.hasRefused && this.#random.next() < 0.5))
      participant.effects = 1;
    participant.hasRefused ||= answer === 'Failed';
    return answer;
  }

  #isTrouble(): boolean {
    if (this.#trouble <= 0 || this.#random.next() >= this.#badLuck) return false;
    this.#trouble -= 1;
    return true;
  }

  #below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }
}
