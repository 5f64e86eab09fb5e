import { defineEvent } from '@holdfast/core';
import { active, attention, defineSaga, final } from '@holdfast/saga';
import { z } from 'zod';
import { receive } from '../runtime/saga-world.ts';

const door = z.object({ doorId: z.string() });
const key = ({ doorId }: { readonly doorId: string }) => doorId;
const owner = z.object({ name: z.string(), floor: z.int() });

export const doorOpened = defineEvent('door.opened', { versions: { 1: door.extend({ owner }) }, key });
export const doorKnocked = defineEvent('door.knocked', { versions: { 1: door }, key });
export const doorSwept = defineEvent('door.swept', { versions: { 1: door.extend({ by: z.string() }) }, key });
export const doorClosed = defineEvent('door.closed', { versions: { 1: door }, key });
export const doorLeft = defineEvent('door.left', { versions: { 1: door }, key });
export const ringBell = defineEvent('bell.ring', { versions: { 1: door }, key });

export const opened = (doorId: string) => receive(doorOpened, { doorId, owner: { name: 'Ada', floor: 2 } });

const v1 = door.extend({ owner, knocks: z.int() });
/** Data that version 1 does not have. */
export const v2 = door.extend({ owner, knocks: z.int(), colour: z.string() });

export interface DoorSagaOptions {
  readonly redact?: readonly string[];
  /** The version that it says it is. @default 1 */
  readonly version?: number;
}

/**
 * A door is open, then ajar, then closed. `draught` is a timer of the state open, `night` one that runs through all states. Sweeping waits
 * until the door is ajar.
 */
export function defineDoorSaga({ redact = ['owner.name'], version = 1 }: DoorSagaOptions = {}) {
  return defineSaga({
    name: 'door',
    version,
    events: { doorOpened, doorKnocked, doorSwept, doorClosed, doorLeft },
    commands: { ringBell },
    states: { open: active(v1), ajar: active(v1), stuck: attention(v1), closed: final(v1) },
    timers: ['draught', 'night'],
    start: {
      doorOpened: { to: 'open', data: ({ data }) => ({ ...data, knocks: 0 }), schedule: { night: 86_400_000 } },
    },
    on: {
      open: {
        events: {
          doorKnocked: {
            data: (data) => ({ ...data, knocks: data.knocks + 1 }),
            send: { ringBell: ({ doorId }) => ({ doorId }) },
          },
          doorLeft: { to: 'ajar' },
          doorClosed: { to: 'closed' },
        },
        timers: { draught: { afterMs: 3_600_000, take: { to: 'stuck' } }, night: { to: 'closed' } },
      },
      ajar: {
        events: { doorSwept: { to: 'open' }, doorClosed: { to: 'closed' } },
        timers: { night: { to: 'closed' } },
      },
    },
    unexpected: 'park',
    unmatched: 'park',
    retentionMs: 86_400_000,
    redact,
  });
}

/** What somebody made of version 1 without another version: no state ajar, other data, other timers, and sweeping does nothing. */
export function defineChangedDoorSaga({ redact = [], version = 1 }: DoorSagaOptions = {}) {
  return defineSaga({
    name: 'door',
    version,
    events: { doorOpened, doorKnocked, doorSwept, doorClosed },
    states: { open: active(v2), stuck: attention(v1), closed: final(v2) },
    timers: ['wind', 'draught'],
    start: { doorOpened: { to: 'open', data: ({ data }) => ({ ...data, knocks: 0, colour: 'red' }) } },
    on: {
      open: {
        events: {
          doorKnocked: { data: (data) => ({ ...data, knocks: data.knocks + 1 }) },
          doorClosed: { to: 'closed' },
        },
        timers: { wind: { afterMs: 7_200_000, take: { to: 'stuck', data: (data) => data } } },
      },
      // Its own timer of that name; one that the state open has set is not it.
      stuck: { timers: { draught: { afterMs: 3_600_000, take: { to: 'stuck' } } } },
    },
    unexpected: 'park',
    unmatched: 'park',
    retentionMs: 86_400_000,
    redact,
  });
}
