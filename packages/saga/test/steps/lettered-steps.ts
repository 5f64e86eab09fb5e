import { defineEvent } from '@holdfast/core';
import { z } from 'zod';
import { sagaSteps } from '../../src/steps/saga-steps.ts';

const schema = z.object({ orderId: z.string() });
const key = ({ orderId }: { readonly orderId: string }) => orderId;

function event<const Type extends string>(type: Type) {
  return defineEvent(type, { versions: { 1: schema }, key });
}

const data = ({ input }: { readonly input: { readonly orderId: string } }) => ({ orderId: input.orderId });

/** Steps `a` to `e`, with the events `aDone`, `aFailed`, `aUnclear`, `aUndone`, `aNotUndone` and the commands `doA`, `undoA`. */
export const events = {
  begun: event('begun'),
  aDone: event('a.done'),
  aFailed: event('a.failed'),
  aUnclear: event('a.unclear'),
  aUndone: event('a.undone'),
  aNotUndone: event('a.not-undone'),
  bDone: event('b.done'),
  bFailed: event('b.failed'),
  bUnclear: event('b.unclear'),
  bUndone: event('b.undone'),
  bNotUndone: event('b.not-undone'),
  cDone: event('c.done'),
  cFailed: event('c.failed'),
  cUnclear: event('c.unclear'),
  cUndone: event('c.undone'),
  cNotUndone: event('c.not-undone'),
  dDone: event('d.done'),
  dFailed: event('d.failed'),
  dUnclear: event('d.unclear'),
  dUndone: event('d.undone'),
  dNotUndone: event('d.not-undone'),
  eDone: event('e.done'),
  eFailed: event('e.failed'),
  eUnclear: event('e.unclear'),
  eUndone: event('e.undone'),
  eNotUndone: event('e.not-undone'),
};

export const commands = {
  doA: event('a.do'),
  undoA: event('a.undo'),
  doB: event('b.do'),
  undoB: event('b.undo'),
  doC: event('c.do'),
  undoC: event('c.undo'),
  doD: event('d.do'),
  undoD: event('d.undo'),
  doE: event('e.do'),
  undoE: event('e.undo'),
  completed: event('saga.completed'),
  compensated: event('saga.compensated'),
};

export type Letter = 'a' | 'b' | 'c' | 'd' | 'e';

export const begun = sagaSteps({
  name: 'letters',
  events,
  commands,
  start: { event: 'begun' },
  unmatched: 'fail',
  retentionMs: 1_000,
});

export const ends = {
  completed: { send: { completed: data } },
  compensated: { send: { compensated: data } },
} as const;

export interface LetteredOptions {
  readonly unanswered?: 'compensate' | 'uncertain';
  readonly resend?: number;
  readonly attempts?: number;
}

const capitals = { a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' } as const;

/** A step that can fail, be unclear, be tried again, and be undone. */
export function lettered<const Name extends Letter>(
  name: Name,
  { unanswered = 'compensate', resend = 0, attempts = 1 }: LetteredOptions = {},
) {
  const capital = capitals[name];
  return {
    command: { name: `do${capital}`, data },
    success: `${name}Done`,
    failure: `${name}Failed`,
    unclear: `${name}Unclear`,
    ...(attempts > 1 && { retry: { attempts, delayMs: 10 } }),
    timeout: { afterMs: 100, resend, unanswered },
    compensation: {
      command: { name: `undo${capital}`, data },
      success: `${name}Undone`,
      failure: `${name}NotUndone`,
      attempts: 2,
      delayMs: 10,
    },
  } as const;
}

/** The same after the point of no return. */
export function committed<const Name extends Letter>(name: Name, { resend = 0, attempts = 1 }: LetteredOptions = {}) {
  const { compensation: _, timeout: __, ...parts } = lettered(name, { attempts });
  return { ...parts, timeout: { afterMs: 100, resend } } as const;
}
