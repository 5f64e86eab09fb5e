import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { sqliteEffects } from './effect-world.ts';
import { Provider } from './provider.ts';

const verifyNothing = async () => ({ happened: 'unknown' }) as const;

/** A call that ignores its signal, until the test lets it end. */
function stubbornCall() {
  const started = Promise.withResolvers<AbortSignal>();
  const end = Promise.withResolvers<string>();
  let calls = 0;
  return {
    started: started.promise,
    end,
    count: () => calls,
    call: ({ signal }: { readonly signal: AbortSignal }) => {
      calls += 1;
      started.resolve(signal);
      return end.promise;
    },
  };
}

async function overdue(options: { readonly settleMs?: number } = {}) {
  const world = await sqliteEffects();
  const clock = new ManualClock();
  const journal = world.journal({ clock, verifyBackoffMs: { min: 0, max: 0 }, ...options });
  const stubborn = stubbornCall();
  const performing = journal.perform('k', { call: stubborn.call, verify: verifyNothing, deadlineMs: 2_000 });
  const outcome = performing.catch((error: unknown) => error);
  const signal = await stubborn.started;
  expect(signal.aborted).toBe(false);
  await clock.advance(2_000);
  expect(await outcome).toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
  expect(signal.aborted).toBe(true);
  return { world, clock, journal, stubborn };
}

test('perform settles at the deadline although the call ignores its signal, and the outcome is unknown', async () => {
  const { journal, stubborn } = await overdue();
  expect(await journal.find('k')).toMatchObject({ state: 'unknown', lastError: 'no answer within 2000 ms' });
  stubborn.end.resolve('late');
});

test('in one process there is no second call of a key while the first still runs, whatever verify says', async () => {
  const { journal, stubborn } = await overdue({ settleMs: 0 });
  const verify = async () => ({ happened: false }) as const;
  await expect(journal.perform('k', { call: stubborn.call, verify })).rejects.toMatchObject({
    code: 'ERR_INBOX_EFFECT_BUSY',
  });
  await expect(journal.perform('k', { call: stubborn.call, verify: 'call-again' })).rejects.toThrow();
  expect(stubborn.count()).toBe(1);
  stubborn.end.resolve('late');
  await journal.settled();
});

test('an effect that is free is not called either while a call of this process still runs', async () => {
  const { journal, stubborn } = await overdue();
  await journal.settle('k', { happened: false });
  await expect(journal.perform('k', { call: stubborn.call, verify: verifyNothing })).rejects.toMatchObject({
    code: 'ERR_INBOX_EFFECT_BUSY',
  });
  expect(await journal.find('k')).toMatchObject({ state: 'free' });
  stubborn.end.reject(new Error('gone'));
  await journal.settled();
  expect(await journal.perform('k', { call: async () => 'now', verify: verifyNothing })).toBe('now');
});

test('an answer that comes after the deadline is kept when nobody else has taken the effect meanwhile', async () => {
  const { world, journal, stubborn } = await overdue();
  stubborn.end.resolve('late');
  await journal.settled();
  expect(world.events.at(-1)).toMatchObject({ type: 'late-result', kept: true });
  expect(await journal.perform('k', { call: stubborn.call, verify: verifyNothing })).toBe('late');
  expect(stubborn.count()).toBe(1);
});

test('an answer that comes after somebody else has decided changes nothing, and is told', async () => {
  const { world, journal, stubborn } = await overdue();
  await journal.settle('k', { happened: true, result: 'by hand' });
  stubborn.end.resolve('late');
  await journal.settled();
  expect(world.events.at(-1)).toMatchObject({ type: 'late-result', kept: false });
  expect(await journal.perform('k', { call: stubborn.call, verify: verifyNothing })).toBe('by hand');
});

test('a verify that does not answer is given up at its deadline, and proves nothing', async () => {
  const world = await sqliteEffects();
  const clock = new ManualClock();
  const journal = world.journal({ clock, verifyDeadlineMs: 3_000 });
  const provider = new Provider();
  provider.manner = 'loses-answer';
  const asked = Promise.withResolvers<void>();
  const verify = () => {
    asked.resolve();
    return new Promise<never>(() => {});
  };
  const outcome = journal.perform('k', { call: provider.charge(1), verify }).catch((error: unknown) => error);
  await asked.promise;
  await clock.advance(3_000);
  expect(await outcome).toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
  expect(await journal.find('k')).toMatchObject({ undecided: 0, verifications: 1 });
});

test('a process that stood still between claim and call renews its lease before it calls', async () => {
  const world = await sqliteEffects();
  const clock = new ManualClock();
  const executor = world.open();
  let renewals = 0;
  const database = {
    dialect: 'sqlite' as const,
    executeSync: (statement: Parameters<Extract<typeof executor, { executeSync: unknown }>['executeSync']>[0]) => {
      if (!('executeSync' in executor)) throw new Error('synchronous');
      const result = executor.executeSync(statement);
      // The machine sleeps: its monotonic clock stands still, the wall clock does not.
      if (statement.text.startsWith('insert')) clock.jump(600_000);
      if (statement.text.startsWith('update')) renewals += 1;
      return result;
    },
  };
  const journal = world.journal({ clock, database });
  expect(await journal.perform('k', { call: async () => renewals, verify: verifyNothing })).toBe(1);
  expect(await journal.find('k')).toMatchObject({ attempts: 1 });
});

test('a stop before the call does nothing, and a stop in the middle of it leaves the outcome unknown', async () => {
  const world = await sqliteEffects();
  const journal = world.journal();
  const stop = new AbortController();
  stop.abort(new Error('stopping'));
  const provider = new Provider();
  const effect = { call: provider.charge(1), verify: provider.verify, signal: stop.signal };
  await expect(journal.perform('before', effect)).rejects.toThrow('stopping');
  expect(await journal.find('before')).toBeNull();
  let asked = 0;
  const askedInVain = async () => {
    asked += 1;
    return { happened: false } as const;
  };
  const middle = new AbortController();
  const stubborn = stubbornCall();
  const outcome = journal.perform('middle', { call: stubborn.call, verify: askedInVain, signal: middle.signal });
  await stubborn.started;
  middle.abort(new Error('stopping'));
  await expect(outcome).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
  expect(await journal.find('middle')).toMatchObject({ state: 'unknown', held: false });
  expect(asked).toBe(0);
  stubborn.end.resolve('late');
  await journal.settled();
});
