import type { SagaDefinition } from '../../definition/saga-definition.ts';
import { type DataChange, dataChanges } from '../../runtime/data-change.ts';
import type { ExploredStep } from './exploration.ts';
import type { Action } from './model.ts';
import type { ModelMessages } from './model-messages.ts';
import type { ModelState } from './model-state.ts';
import type { ParticipantsModel } from './participants-model.ts';
import type { SagaModel, SagaStep } from './saga-model.ts';
import type { FoundStep } from './search.ts';

export interface StepTellerOptions {
  readonly definition: SagaDefinition;
  readonly messages: ModelMessages;
  readonly saga: SagaModel;
  readonly participants: ParticipantsModel;
}

/** Says in words what happens in a step. */
export class StepTeller {
  readonly #options: StepTellerOptions;

  constructor(options: StepTellerOptions) {
    this.#options = options;
  }

  tell({ from, transition: { action, to, problem } }: FoundStep, number: number): ExploredStep {
    const told = {
      number,
      kind: action.kind,
      name: this.#nameOf(action),
      redelivered: 'redelivered' in action && action.redelivered,
      from: this.#stateOf(from),
      to: this.#stateOf(problem === null ? to : from),
      sent: this.#sentBy(action),
      world: this.#worldChanges(from, problem === null ? to : from),
    };
    const { outcome, labels } = outcomeOf(action);
    return { ...told, outcome, labels, text: this.#text(action, told) };
  }

  /** Who takes a command, or where an event comes from. */
  lifelineOf(action: Action): string {
    if (action.kind === 'operator') return 'a person';
    if (action.kind === 'timer') return this.#options.definition.name;
    const { kind, name, message } = this.#options.messages.get(action.message);
    return kind === 'command' ? this.#options.participants.lifeline(name) : message.source.slice(1);
  }

  messageKind(message: number): 'event' | 'command' {
    return this.#options.messages.get(message).kind;
  }

  #nameOf(action: Action): string {
    if (action.kind === 'timer') return action.timer;
    return action.kind === 'operator' ? action.action : this.#options.messages.get(action.message).name;
  }

  #stateOf({ instance }: ModelState): string | null {
    return this.#options.saga.instance(instance).snapshot?.state ?? null;
  }

  #sentBy(action: Action): readonly string[] {
    if (action.kind === 'lost') return [];
    if (action.kind === 'command')
      return action.reaction.answers.map((answer) => this.#options.messages.get(answer).name);
    return action.step.moves.flatMap(({ sent }) => sent.map(({ name }) => name));
  }

  #worldChanges(from: ModelState, to: ModelState): readonly DataChange[] {
    const { participants } = this.#options;
    return dataChanges(participants.world(from.world), participants.world(to.world), []);
  }

  #text(action: Action, told: Omit<ExploredStep, 'outcome' | 'labels' | 'text'>): string {
    const { name, sent, redelivered } = told;
    const again = redelivered ? ' once more' : '';
    if (action.kind === 'lost') return `${name} is lost`;
    if (action.kind === 'command') {
      const parts = [action.reaction.label, ...listed('answers', sent), ...told.world.map(changeText)];
      const taker = this.lifelineOf(action);
      // Nobody said who it is.
      const taken = taker === name ? `${name} is taken` : `${taker} takes ${name}`;
      return `${taken}${again}: ${parts.join('; ')}`;
    }
    const what = {
      event: `${name} arrives${again}`,
      timer: `timer ${name} runs out`,
      operator: `a person does ${name}`,
    };
    return `${what[action.kind]}: ${stepText(action.step, told.from)}`;
  }
}

function stepText({ moves, outcome }: SagaStep, from: string | null): string {
  const place = from === null ? 'there is no instance' : `in ${from}`;
  if (moves.length === 0) return outcome === 'failed' ? `it fails, ${place}` : `${outcome}, ${place}`;
  const parts = moves.flatMap((move) => {
    const label = move.label === null ? '' : ` [${move.label}]`;
    const way = move.from === move.to ? `${move.to} again` : `${move.from ?? 'begins'} → ${move.to}`;
    return [
      `${way}${label}`,
      ...listed(
        'sends',
        move.sent.map(({ name }) => name),
      ),
      ...listed(
        'sets timer',
        move.schedule.map(({ timer }) => timer),
      ),
    ];
  });
  return parts.join('; ');
}

function listed(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}

export function changeText({ path, before, after }: DataChange): string {
  const where = path === '' ? 'the world' : path;
  return `${where} ${JSON.stringify(before) ?? 'nothing'} → ${JSON.stringify(after) ?? 'nothing'}`;
}

function outcomeOf(action: Action): Pick<ExploredStep, 'outcome' | 'labels'> {
  if (action.kind === 'lost') return { outcome: 'lost', labels: [] };
  if (action.kind === 'command') return { outcome: action.reaction.label, labels: [] };
  return { outcome: action.step.outcome, labels: action.step.moves.flatMap(({ label }) => label ?? []) };
}
