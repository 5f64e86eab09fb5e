import { type AnySagaDefinition, active, defineSaga, final } from '@holdfast/saga';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { LiveInstance } from '../../src/runtime/live-instance.ts';
import { parkedMessage } from '../../src/runtime/parked-message.ts';
import type { ParkedEvent } from '../../src/store/parked-event.ts';
import { parcelClosed, parcelCreated, parcelFilled, parcelOpened, tellParcel } from './parcel-saga.ts';
import { receive } from './saga-world.ts';

interface Data {
  parcelId: string;
  items: string[];
}

const parcel = { parcelId: 'p1' };
const created = receive(parcelCreated, parcel);
const opened = receive(parcelOpened, parcel);
const filled = (item: string) => receive(parcelFilled, { ...parcel, item });

/** With functions that the compiler would refuse, as JavaScript may have them. */
function hostile(functions: Readonly<Record<string, unknown>>, schema?: z.ZodType): AnySagaDefinition {
  return defineSaga({
    name: 'parcel',
    events: { parcelCreated, parcelOpened, parcelFilled, parcelClosed },
    commands: { tellParcel },
    states: { created: active<Data>(), open: active<Data>(schema as never), closed: final<Data>() },
    timers: ['remind'],
    start: { parcelCreated: { to: 'created', data: () => ({ ...parcel, items: [] }) } },
    on: {
      created: { events: { parcelOpened: { to: 'open', ...functions } as never } },
      open: {
        events: {
          parcelFilled: {
            data: (data, { data: { item } }) => {
              data.items.push(item);
              if (item === 'poison') throw new Error('secret');
              return data;
            },
          },
          parcelClosed: {
            when: (data) => {
              data.items.push('looked at');
              return false;
            },
            to: 'closed',
          },
        },
      },
    },
    unexpected: 'park',
    unmatched: 'park',
    retentionMs: 60_000,
  });
}

function live(definition: AnySagaDefinition, parked: readonly ParkedEvent[] = []): LiveInstance {
  const limits = { maxDataBytes: 100_000, maxParked: 10 };
  const id = { saga: 'parcel', key: 'p1' };
  return new LiveInstance({ id, definition, stored: null, parked, now: 0, nextId: () => 'sent', ...limits });
}

function items(instance: LiveInstance): unknown {
  return JSON.parse(instance.write()?.data ?? 'null').items;
}

test('what a function has changed in its argument before it throws, or for nothing, is not kept', () => {
  const early = [filled('poison'), filled('tea')].map(parkedMessage);
  const instance = live(hostile({}), early);
  for (const message of [created, opened, receive(parcelClosed, parcel), filled('jam')]) instance.offer(message);
  expect(items(instance)).toEqual(['tea', 'jam']);
  expect(() => instance.offer(filled('poison'))).toThrow('secret');
  instance.offer(filled('rum'));
  expect(items(instance)).toEqual(['tea', 'jam', 'rum']);
});

test.each([
  ['when', { when: async () => false }],
  ['data', { data: async (data: Data) => data }],
  ['send', { send: { tellParcel: async () => null } }],
  ['schedule', { schedule: { remind: async () => 5 } }],
])('a function of "%s" that is asynchronous is refused, and nothing has changed', (_, functions) => {
  const instance = live(hostile(functions));
  instance.offer(created);
  expect(() => instance.offer(opened)).toThrow(/synchronous/);
  expect(instance.write()).toMatchObject({ state: 'created', transitions: 1 });
});

test('data that its own state would not accept again, or would change again, is refused before it is stored', () => {
  const items = z.array(z.string());
  const twice = z.object({ parcelId: z.string().transform((text) => `${text}!`), items });
  const once = z.object({ parcelId: z.string().transform((text) => text.length), items });
  for (const schema of [twice, once]) {
    const instance = live(hostile({}, schema));
    instance.offer(created);
    expect(() => instance.offer(opened)).toThrow(expect.objectContaining({ code: 'ERR_SAGA_DATA' }));
    expect(instance.write()).toMatchObject({ state: 'created', transitions: 1 });
  }
  const dates = z.object({ parcelId: z.string(), items, at: z.coerce.date().default(new Date(0)) });
  const instance = live(hostile({}, dates));
  for (const message of [created, opened, filled('tea')]) instance.offer(message);
  expect(instance.state).toBe('open');
});

test('a delay that is over already is none: the timer is due at once', () => {
  const instance = live(hostile({ schedule: { remind: () => -5_000 } }));
  for (const message of [created, opened]) instance.offer(message);
  expect(instance.write()?.schedule).toEqual([{ timer: 'remind', afterMs: 0 }]);
});

test('a delay that can never be is refused where it is written', () => {
  for (const remind of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5']) {
    expect(() => hostile({ schedule: { remind } })).toThrow(/"remind"/);
  }
});

test('a transition may send very much: all of it goes out, and the history stays small', () => {
  const texts = Array.from({ length: 150_000 }, (_, n) => ({ ...parcel, text: String(n) }));
  const instance = live(hostile({ send: { tellParcel: () => texts } }));
  for (const message of [created, opened]) instance.offer(message);
  expect(instance.sent).toHaveLength(texts.length);
  const sent = JSON.parse(instance.write()?.history[1]?.sent ?? '[]');
  expect(sent).toHaveLength(1_001);
  expect(sent.at(-1)).toEqual({ type: '[cut: 149000 more]', id: '' });
});

test('a function cannot change its message, which other sagas and the next try get, too', () => {
  const grabbing = (_: Data, message: { data: { parcelId: string } }) => {
    message.data.parcelId = 'mine';
    return { ...parcel, items: [] };
  };
  const instance = live(hostile({ data: grabbing }));
  instance.offer(created);
  const message = receive(parcelOpened, parcel);
  expect(() => instance.offer(message)).toThrow(TypeError);
  expect(message.data).toEqual(parcel);
});
