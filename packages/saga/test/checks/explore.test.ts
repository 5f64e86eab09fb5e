import { defineEvent } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { builtInProperties, type Exploration, explore } from '../../src/checks/index.ts';
import { active, attention, defineSaga, final } from '../../src/index.ts';

const counted = z.object({ count: z.int() });
const of = <const Type extends string>(type: Type) =>
  defineEvent(type, { versions: { 1: z.object({ n: z.int() }) }, key: () => 'k' });
const begun = of('begun');
const first = of('first');
const second = of('second');
const ask = of('ask');

const common = {
  name: 'small',
  events: { begun, first, second },
  commands: { ask },
  unexpected: 'ignore',
  unmatched: 'ignore',
  retentionMs: 1,
  start: { begun: { to: 'open', data: () => ({ count: 0 }) } },
} as const;
const more = (data: z.infer<typeof counted>) => ({ count: data.count + 1 });
const one = { n: 1 };

/** Counts events of the first kind, and closes at the second. Nobody minds when it stays open. */
const counting = defineSaga({
  ...common,
  states: { open: attention(counted), closed: final(counted) },
  on: { open: { events: { first: { data: more }, second: { to: 'closed' } } } },
});

/** Asks, and closes when it is answered. */
const asking = defineSaga({
  ...common,
  states: { open: active(counted), closed: final(counted) },
  start: { begun: { ...common.start.begun, send: { ask: () => one } } },
  on: { open: { events: { first: { to: 'closed' } } } },
});

function namesOf({ violation }: Exploration): readonly string[] {
  return violation?.steps.map(({ name, redelivered }) => (redelivered ? `${name} again` : name)) ?? [];
}

describe('messages', () => {
  const start = [begun(one), first(one), second(one)];

  test('arrive in any order', () => {
    const inOrder = {
      'the first comes first': ({ state, data }: { state: string; data: { count: number } }) =>
        state !== 'closed' || data.count === 1,
    };
    expect(namesOf(explore(counting, { start, world: {}, always: inOrder }))).toEqual(['begun', 'second']);
  });

  test('come once more under another id, as often as the bound says', () => {
    const counts = (duplicates: number, most: number) =>
      namesOf(
        explore(counting, {
          start: [begun(one), first(one)],
          world: {},
          bounds: { duplicates },
          always: { few: ({ data }) => data.count <= most },
        }),
      );
    expect(counts(0, 1)).toEqual([]);
    expect(counts(1, 1)).toEqual(['begun', 'first', 'first again']);
    expect(counts(1, 2)).toEqual([]);
    expect(counts(2, 2)).toEqual(['begun', 'first', 'first again', 'first again']);
  });

  test('of one id are taken once, as an inbox does', () => {
    const counts = (id?: string) =>
      namesOf(
        explore(counting, {
          start: [begun(one), first(one, { id }), first({ n: 2 }, { id })],
          world: {},
          bounds: { duplicates: 0 },
          always: { once: ({ data }) => data.count <= 1 },
        }),
      );
    expect(counts()).toEqual(['begun', 'first', 'first']);
    expect(counts('x')).toEqual([]);
  });

  test('are parked and released as the runtime does it', () => {
    const parking = defineSaga({
      ...common,
      unexpected: 'park',
      unmatched: 'park',
      states: { open: active(counted), ready: active(counted), closed: final(counted) },
      on: {
        open: { events: { first: { to: 'ready' } } },
        ready: { events: { second: { to: 'closed' } } },
      },
    });
    const options = { start, world: {}, finally: { closed: ({ state }: { state: string }) => state === 'closed' } };
    expect(explore(parking, options)).toMatchObject({ complete: true, violation: null });
    const result = explore(parking, { ...options, always: { none: ({ parked }) => parked.length === 0 } });
    expect(result.violation?.steps).toMatchObject([{ name: 'begun' }, { name: 'second', outcome: 'parked' }]);
  });

  test('are lost only within the bound', () => {
    const options = { start: [begun(one), first(one)], world: {} };
    const closing = { ...options, participants: { ask: () => [{ label: 'answers', answers: [first(one)] }] } };
    expect(explore(asking, { ...closing, start: [begun(one)] })).toMatchObject({ complete: true, violation: null });
    const result = explore(asking, { ...closing, start: [begun(one)], bounds: { lost: 1 } });
    expect(result.violation?.property).toBe(builtInProperties.neverStuck);
    expect(result.violation?.steps.at(-1)).toMatchObject({ kind: 'lost', name: 'ask', text: 'ask is lost' });
  });

  test('of another instance are found', () => {
    const other = defineEvent('first', { versions: { 1: z.object({ n: z.int() }) }, key: () => 'other' });
    const participants = { ask: () => [{ label: 'errs', answers: [other(one)] }] };
    const { violation } = explore(asking, { start: [begun(one)], world: {}, participants });
    expect(violation).toMatchObject({
      property: builtInProperties.belongs,
      detail: '"first" belongs to instance "other"',
    });
  });
});

describe('participants', () => {
  const start = [begun(one)];

  test('get a command once more, unless they drop it', () => {
    const asked = (isBehindInbox: boolean) =>
      namesOf(
        explore(asking, {
          start,
          world: { asked: 0 },
          participants: {
            ask: (world, command, { redelivered }) =>
              isBehindInbox && redelivered
                ? []
                : [{ label: 'answers', world: { asked: world.asked + command.data.n }, answers: [first(one)] }],
          },
          always: { once: ({ world }) => world.asked <= 1 },
        }),
      );
    expect(asked(false)).toEqual(['begun', 'ask', 'ask again']);
    expect(asked(true)).toEqual([]);
  });

  test('that change what they are given, or answer what is no event, are found', () => {
    const found = (
      ask: (world: { asked: number }) => readonly { label: string; answers?: readonly ReturnType<typeof of>[] }[],
    ) => explore(asking, { start, world: { asked: 0 }, participants: { ask: ask as never } }).violation;
    const changes = found((world) => {
      world.asked += 1;
      return [];
    });
    expect(changes).toMatchObject({ property: builtInProperties.noThrow });
    expect(changes?.detail).toContain('read only');
    expect(found(() => [{ label: 'errs', answers: [of('third')(one)] as never }])?.detail).toContain(
      '"third" is no event of saga "small"',
    );
    expect(found(() => [])?.detail).toContain('return at least one reaction');
  });
});

test('a definition that changes data in place is found', () => {
  const saga = defineSaga({
    ...common,
    states: { open: attention(counted) },
    on: {
      open: {
        events: {
          first: {
            data: (data) => {
              data.count += 1;
              return data;
            },
          },
        },
      },
    },
  });
  const { violation } = explore(saga, { start: [begun(one), first(one)], world: {} });
  expect(violation).toMatchObject({ property: builtInProperties.noThrow });
});

test('a property that throws counts as one that does not hold', () => {
  const always = {
    broken: () => {
      throw new Error('no such thing');
    },
  };
  const { violation } = explore(counting, { start: [begun(one)], world: {}, always });
  expect(violation).toMatchObject({ property: 'broken', detail: 'Error: no such thing' });
});

describe('runs that never end', () => {
  const ticking = (open: typeof active<z.infer<typeof counted>>) =>
    defineSaga({
      ...common,
      states: { open: open(counted), closed: final(counted) },
      timers: ['tick'],
      start: { begun: { ...common.start.begun, schedule: { tick: 1 }, send: { ask: () => one } } },
      on: { open: { events: { first: { to: 'closed' } }, timers: { tick: { schedule: { tick: 1 } } } } },
    });
  const options = { start: [begun(one)], world: {}, bounds: { duplicates: 0 } };

  test('are found, also when they stay in one state', () => {
    const { violation } = explore(ticking(active), options);
    expect(violation).toMatchObject({ property: builtInProperties.comesToRest, repeatsFrom: 1 });
    expect(violation?.steps.map(({ name }) => name)).toEqual(['begun', 'tick']);
  });

  test('are nothing wrong where a person knows', () => {
    expect(explore(ticking(attention), options).violation).toBeNull();
  });

  test('do not happen when a message would have to be on its way for ever', () => {
    const participants = { ask: () => [{ label: 'answers', answers: [first(one)] }] };
    expect(explore(ticking(active), { ...options, participants })).toMatchObject({ complete: true, violation: null });
  });
});

describe('bounds', () => {
  const start = [begun(one), first(one), second(one)];

  test('that cut something off are told, and the result is not complete', () => {
    const cut = (bounds: { readonly depth?: number; readonly states?: number; readonly copies?: number }) => {
      const { complete, cut: by } = explore(counting, { start, world: {}, bounds });
      return [complete, ...by];
    };
    expect(cut({})).toEqual([true]);
    expect(cut({ depth: 2 })).toEqual([false, 'depth']);
    expect(cut({ states: 5 })).toEqual([false, 'states']);
    const twice = explore(counting, { start: [...start, first(one)], world: {}, bounds: { copies: 1 } });
    expect(twice).toMatchObject({ complete: false, cut: ['copies'] });
  });

  test('do not cut at the depth where everything has been seen', () => {
    const { depth, complete } = explore(counting, { start, world: {} });
    expect(complete).toBe(true);
    expect(explore(counting, { start, world: {}, bounds: { depth } })).toMatchObject({ depth, complete: true });
  });

  test('that are no numbers of their kind are refused', () => {
    const world = {};
    expect(() => explore(counting, { start, world, bounds: { duplicates: 99 } })).toThrow('"bounds.duplicates"');
    expect(() => explore(counting, { start: [], world })).toThrow('"start"');
    expect(() => explore(counting, { start, world, participants: { tell: () => [] } as never })).toThrow('"tell"');
    expect(() => explore(counting, { start: [...start, ask(one)], world })).toThrow('"ask"');
    expect(() => explore(counting, { start, world, operator: ['resme'] })).toThrow('"resme"');
  });
});

test('the same arguments give the same result', () => {
  const options = { start: [begun(one), first(one), second(one)], world: {}, bounds: { duplicates: 2 } };
  const { elapsedMs: _, ...result } = explore(counting, options);
  const { elapsedMs: __, ...again } = explore(counting, options);
  expect(again).toEqual(result);
});

test('states that no run came to are named', () => {
  expect(explore(counting, { start: [begun(one), first(one)], world: {} }).unreached).toEqual(['closed']);
});

test('the compiler refuses participants and properties that do not fit the definition', () => {
  const start = [begun(one)];
  explore(asking, {
    start,
    world: { asked: 0 },
    participants: {
      // @ts-expect-error a command's data that it does not have
      ask: (_, command) => [{ label: command.data.name }],
    },
    // @ts-expect-error a state that it does not have
    always: { closes: ({ state }) => state !== 'closing' },
  });
  explore(asking, {
    start,
    world: { asked: 0 },
    // @ts-expect-error a world of another kind
    participants: { ask: () => [{ label: 'asks', world: { asked: 'yes' } }] },
    // @ts-expect-error a command that nobody sends
    lifelines: { refund: 'payment' },
  });
});
