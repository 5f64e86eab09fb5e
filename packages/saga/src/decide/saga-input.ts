import type { Message } from '@holdfast/core';
import type { OperatorInput, TimerInput } from '../definition/saga-spec.ts';

/** An event, by the name that the definition uses for it. */
export interface EventArrival {
  readonly kind: 'event';
  readonly name: string;
  readonly message: Message;
  /** A person has it happen: the history says who, and why. */
  readonly forcedBy?: { readonly actor: string; readonly reason: string };
}

export interface TimerRunOut extends TimerInput {
  readonly kind: 'timer';
}

export interface OperatorAction extends OperatorInput {
  readonly kind: 'operator';
  /** Of this action, for the history: by it is seen that it was taken. */
  readonly id?: string;
}

/** What can move an instance. */
export type SagaInput = EventArrival | TimerRunOut | OperatorAction;
