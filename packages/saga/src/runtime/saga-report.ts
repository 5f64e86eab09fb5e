import { isHoldfastError, type Message, summarizeError, type Telemetry } from '@holdfast/core';
import type { Decision } from '../decide/decision.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { StoredTimer } from '../store/timer-store.ts';
import type { DefinitionCatalogue } from './definition-catalogue.ts';
import type { LiveInstance, TakenTransition } from './live-instance.ts';
import type { SagaEvent, SagaEventListener } from './saga-event.ts';

const SYSTEM = 'holdfast_saga';

const TRANSITIONS = {
  name: 'holdfast.saga.transitions',
  unit: '{transition}',
  description: 'Transitions of instances, by the state that they lead to and what caused them.',
};
const EVENTS = {
  name: 'holdfast.saga.events',
  unit: '{message}',
  description: 'Events that came to instances, by what became of them.',
};
const TIMERS = {
  name: 'holdfast.saga.timers',
  unit: '{timer}',
  description: 'Timers that ran out, by what became of them.',
};
const TIMER_LAG = {
  name: 'holdfast.saga.timer_delay',
  unit: 's',
  description: 'How long timers had been due when they were fired.',
};

export interface SagaReportOptions {
  readonly definitions: DefinitionCatalogue;
  readonly telemetry: Telemetry;
  readonly onEvent: SagaEventListener | undefined;
}

/** Where an event came to. */
export interface OfferedTo {
  readonly id: SagaId;
  readonly outcome: Decision['kind'];
  readonly state: string | null;
}

/** Tells what became of events, timers and instances: metrics, spans and events. */
export class SagaReport {
  readonly telemetry: Telemetry;
  readonly #options: SagaReportOptions;

  constructor(options: SagaReportOptions) {
    this.telemetry = options.telemetry;
    this.#options = options;
  }

  /** Runs `run` in a span about instances; their sagas are told, not their keys. */
  inSpan<Result>(
    name: 'apply events' | 'act',
    { sagas, inputs }: { readonly sagas: readonly string[]; readonly inputs: number },
    run: () => Promise<Result>,
  ): Promise<Result> {
    const distinct = [...new Set(sagas)].sort();
    const attributes = { 'holdfast.saga': distinct.join(','), 'holdfast.saga.inputs': inputs };
    return this.telemetry.internalSpan({ name: `saga ${name}`, attributes }, run);
  }

  /** Runs `run` in a span about timers that ran out, the root of a trace. */
  inTimersSpan<Result>(timers: number, run: () => Promise<Result>): Promise<Result> {
    return this.telemetry.consumerSpan({ system: SYSTEM, destination: 'saga timers', messageCount: timers }, run);
  }

  /** What became of an event, and the state of its instance afterwards. */
  offered(message: Message, { id, outcome, state }: OfferedTo): void {
    this.telemetry.add(EVENTS, 1, {
      'holdfast.saga': id.saga,
      'holdfast.event.type': message.type,
      'holdfast.outcome': outcome,
    });
    if (outcome !== 'parked' && outcome !== 'ignored') return;
    this.emit({ type: outcome, ...id, state, ...subjectOf(message) });
  }

  /** All that happened to an instance in a transaction. */
  written(instance: LiveInstance): void {
    for (const transition of instance.transitions) this.#moved(transition);
    for (const { event, error } of instance.parkedFailures) {
      this.emit({
        type: 'parked-failed',
        ...instance.id,
        state: instance.state,
        ...subjectOf(event),
        error: summarizeError(error),
      });
    }
  }

  fired(timer: StoredTimer, { lagMs, isStale }: { readonly lagMs: number; readonly isStale: boolean }): void {
    this.#countTimer(timer, isStale ? 'stale' : 'fired');
    this.telemetry.record(TIMER_LAG, lagMs / 1_000, { 'holdfast.saga': timer.saga });
    this.emit(isStale ? { type: 'timer-stale', ...named(timer) } : { type: 'timer-fired', ...named(timer), lagMs });
  }

  failed(
    timer: StoredTimer,
    { failures, retryInMs, error }: { readonly failures: number; readonly retryInMs: number; readonly error: unknown },
  ): void {
    this.#countTimer(timer, 'failed', isHoldfastError(error) ? error.code : undefined);
    this.emit({ type: 'timer-failed', ...named(timer), failures, retryInMs, error: summarizeError(error) });
  }

  emit(event: SagaEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // A listener that fails must not make instances fail.
    }
  }

  #moved({ id, definitionVersion, move, entry }: TakenTransition): void {
    const { definitions } = this.#options;
    const version = definitions.versions(id.saga).find(({ version }) => version === definitionVersion);
    this.telemetry.add(TRANSITIONS, 1, {
      'holdfast.saga': id.saga,
      'holdfast.state': move.to,
      'holdfast.outcome': entry.cause,
    });
    this.emit({
      type: 'transition',
      ...id,
      definitionVersion,
      cause: entry.cause,
      name: entry.name,
      from: move.from,
      to: move.to,
      kind: version?.states.get(move.to)?.kind ?? 'active',
      label: move.label,
      sent: move.sent.map(({ message }) => message.type),
    });
  }

  #countTimer({ saga }: StoredTimer, outcome: string, error?: string): void {
    this.telemetry.add(TIMERS, 1, { 'holdfast.saga': saga, 'holdfast.outcome': outcome, 'error.type': error });
  }
}

function subjectOf({ source, id, type }: { readonly source: string; readonly id: string; readonly type: string }) {
  return { messageSource: source, messageId: id, messageType: type };
}

/** Without what else a row of it has. */
function named({ saga, key, timer, epoch }: StoredTimer): StoredTimer {
  return { saga, key, timer, epoch };
}
