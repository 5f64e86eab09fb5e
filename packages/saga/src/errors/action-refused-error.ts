import { HoldfastError, quoted } from '@holdfast/core';

export interface RefusedAction {
  readonly saga: string;
  readonly key: string;
  /** `null`: there is no instance yet. */
  readonly state: string | null;
  /** `action "retry"`, `event "payment.succeeded"`. */
  readonly what: string;
  readonly why: string;
  readonly actions: readonly string[];
  /** By their types. */
  readonly events: readonly string[];
}

/** A person's action cannot be taken as the instance is now. Nothing was changed. It names what can be done instead. */
export class ActionRefusedError extends HoldfastError {
  readonly code = 'ERR_SAGA_ACTION_REFUSED';
  override readonly failureClass = 'permanent';
  readonly saga: string;
  readonly key: string;
  readonly state: string | null;
  /** What the state takes. */
  readonly actions: readonly string[];
  readonly events: readonly string[];

  constructor({ saga, key, state, what, why, actions, events }: RefusedAction) {
    const where = state === null ? 'which has not begun' : `in state ${quoted(state)}`;
    super(
      `Instance ${quoted(key)} of saga ${quoted(saga)}, ${where}, refuses ${what}: ${why}. ` +
        `It takes the actions ${listed(actions)}, and the events ${listed(events)}.`,
    );
    this.saga = saga;
    this.key = key;
    this.state = state;
    this.actions = actions;
    this.events = events;
  }
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '(none)' : names.map((name) => quoted(name)).join(', ');
}
