import type { Message } from '@holdfast/core';
import type { AnySagaDefinition, StoredSaga } from '@holdfast/saga';
import { expect, test } from 'vitest';
import { LiveInstance } from '../../src/runtime/live-instance.ts';
import type { ParkedEvent } from '../../src/store/parked-event.ts';
import {
  defineParcelSaga,
  parcelBroken,
  parcelClosed,
  parcelCreated,
  parcelFilled,
  parcelOpened,
} from './parcel-saga.ts';
import { receive } from './saga-world.ts';

const saga = defineParcelSaga();
const id = { saga: 'parcel', key: 'p1' };
const parcel = { parcelId: 'p1' };

interface Found {
  readonly definition?: AnySagaDefinition;
  readonly stored?: StoredSaga | null;
  readonly parked?: readonly ParkedEvent[];
  readonly maxDataBytes?: number;
  readonly maxParked?: number;
}

function live({ definition = saga, ...found }: Found = {}): LiveInstance {
  let sent = 0;
  const nextId = () => {
    sent += 1;
    return `sent ${sent}`;
  };
  const limits = { maxDataBytes: 1_000, maxParked: 10 };
  return new LiveInstance({ id, definition, stored: null, parked: [], now: 0, nextId, ...limits, ...found });
}

/** What a next transaction would load. */
function stored(instance: LiveInstance): StoredSaga {
  const write = instance.write();
  if (write === null) throw new Error('a write');
  return write;
}

const created = (at?: string) => receive(parcelCreated, at === undefined ? parcel : { ...parcel, at });
const filled = (item: string) => receive(parcelFilled, { ...parcel, item });
const opened = () => receive(parcelOpened, parcel);
const closed = () => receive(parcelClosed, parcel);

const parkedOf = ({ id, source, type, ...rest }: Message): ParkedEvent => ({
  id,
  source,
  type,
  message: JSON.stringify({ id, source, type, ...rest }),
});

test('S7: what came too early is taken as soon as a state wants it, by one chain, in one write', () => {
  const early = [closed(), filled('tea'), opened()];
  const instance = live({ parked: early.map(parkedOf) });
  instance.offer(created());
  expect(instance.write()).toMatchObject({
    state: 'closed',
    kind: 'final',
    expectedVersion: null,
    version: 1,
    transitions: 4,
    parked: 0,
    keepMs: 60_000,
    release: [{ id: early[2]!.id }, { id: early[1]!.id }, { id: early[0]!.id }],
    park: [],
  });
  expect(instance.transitions.map(({ entry }) => [entry.number, entry.name, entry.messageId])).toEqual([
    [1, 'parcel.created', expect.any(String)],
    [2, 'parcel.opened', early[2]!.id],
    [3, 'parcel.filled', early[1]!.id],
    [4, 'parcel.closed', early[0]!.id],
  ]);
});

test('what is parked and taken within one transaction leaves no parked row', () => {
  const instance = live();
  for (const message of [created(), closed(), filled('tea'), opened()]) instance.offer(message);
  expect(instance.write()).toMatchObject({ state: 'closed', park: [], release: [], parked: 0, transitions: 4 });
});

test('events that stay parked are counted with the instance, and an event that is parked twice is kept once', () => {
  const instance = live();
  const early = filled('tea');
  for (const message of [created(), early, early]) instance.offer(message);
  expect(instance.write()).toMatchObject({ state: 'created', parked: 1, park: [{ id: early.id }] });
});

test('without an instance, events are parked and nothing is written', () => {
  const instance = live();
  const early = opened();
  expect(instance.offer(early).kind).toBe('parked');
  expect([instance.write(), instance.unmatched().map(({ id }) => id)]).toEqual([null, [early.id]]);
});

test('several events of one instance are one write, and raise its version by one', () => {
  const first = live();
  first.offer(created());
  const second = live({ stored: stored(first) });
  for (const message of [opened(), filled('tea'), filled('milk')]) second.offer(message);
  expect(second.write()).toMatchObject({ expectedVersion: 1, version: 2, transitions: 4, state: 'open' });
  expect(second.write()?.history.map(({ number }) => number)).toEqual([2, 3, 4]);
});

test('what is sent belongs to the workflow of the first event, and is caused by the one that sends', () => {
  const first = live();
  first.offer(receive(parcelCreated, parcel, { id: 'begin', correlationId: 'order 7' }));
  expect(first.sent).toMatchObject([{ id: 'sent 1', correlationId: 'order 7', causationId: 'begin' }]);
  const early = opened();
  const second = live({ parked: [parkedOf(early)] });
  second.offer(receive(parcelCreated, parcel, { id: 'begin' }));
  expect(second.sent).toMatchObject([
    { correlationId: 'begin', causationId: 'begin' },
    { correlationId: 'begin', causationId: early.id },
  ]);
  const third = live({ stored: { ...stored(first) } });
  third.take({ kind: 'timer', timer: 'remind' });
  expect(third.sent).toMatchObject([{ correlationId: 'order 7' }]);
  expect(third.sent[0]).not.toHaveProperty('causationId');
});

test('functions get data as it is stored, also from a transition of the same transaction', () => {
  const at = '2026-11-25T12:00:00.000Z';
  const once = live();
  for (const message of [created(at), opened(), filled('tea')]) once.offer(message);
  const first = live();
  first.offer(created(at));
  const later = live({ stored: stored(first) });
  for (const message of [opened(), filled('tea')]) later.offer(message);
  expect(JSON.parse(stored(once).data)).toEqual({ ...parcel, items: ['tea'], at: 'string' });
  expect(stored(later).data).toBe(stored(once).data);
});

test('a timer that is set and cancelled in one transaction is cancelled, and one that is set again is set', () => {
  const instance = live();
  instance.offer(created());
  expect([instance.hasChanged('remind'), instance.hasChanged('expire')]).toEqual([true, true]);
  expect(instance.write()).toMatchObject({
    cancel: [],
    schedule: [
      { timer: 'expire', afterMs: 120_000 },
      { timer: 'remind', afterMs: 60_000 },
    ],
  });
  instance.offer(opened());
  expect(instance.write()).toMatchObject({ cancel: ['remind'], schedule: [{ timer: 'expire' }] });
});

test('data that would be too large is refused before anything is written, by its size and not by its content', () => {
  const instance = live({ maxDataBytes: 60 });
  for (const message of [created(), opened(), filled('a secret item of the customer that is long')]) {
    instance.offer(message);
  }
  expect(() => instance.write()).toThrow(/would have \d+ bytes, more than 60/);
  expect(() => instance.write()).not.toThrow(/secret/);
});

test('a parked event that cannot be taken stays parked, and what moves the instance goes on', () => {
  const poison = filled('poison');
  const instance = live({ parked: [parkedOf(poison), parkedOf(filled('tea'))] });
  for (const message of [created(), opened()]) instance.offer(message);
  expect(instance.write()).toMatchObject({ state: 'open', parked: 1, transitions: 3 });
  expect(instance.parkedFailures.map(({ event }) => event.id)).toEqual([poison.id]);
});

test('no more events are parked for an instance than is allowed', () => {
  const instance = live({ maxParked: 2 });
  for (const message of [created(), filled('tea'), filled('milk')]) instance.offer(message);
  expect(() => instance.offer(filled('sugar'))).toThrow('2 events wait for instance "p1" of saga "parcel"');
});

test('an event that the version of an instance does not declare fails, and without an instance it is one that matches none', () => {
  const stranger = { ...parcelBroken, type: 'parcel.burnt' };
  const message = { ...receive(parcelBroken, parcel), type: stranger.type };
  const instance = live();
  expect(instance.offer(message).kind).toBe('parked');
  expect(live({ definition: defineParcelSaga({ unmatched: 'ignore' }) }).offer(message).kind).toBe('ignored');
  const existing = live();
  existing.offer(created());
  expect(() => existing.offer(message)).toThrow(
    'Event "parcel.burnt" came to instance "p1" of saga "parcel", in state "created"',
  );
});
