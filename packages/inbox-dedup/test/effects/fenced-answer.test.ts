import { OverloadedError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { sqliteEffects } from './effect-world.ts';
import { Provider } from './provider.ts';

const notHappened = async () => ({ happened: false }) as const;

/** A call during which its process stands still until another one has taken the effect over and found that it did not happen. */
async function outlived() {
  const world = await sqliteEffects();
  const provider = new Provider();
  const other = world.journal();
  const effect = {
    verify: provider.verify,
    call: async (context: Parameters<ReturnType<Provider['charge']>>[0]) => {
      if (provider.calls.length === 0) {
        await world.elapse(3_600_000);
        expect(await other.resolveUnknown(notHappened)).toMatchObject({ notHappened: 1 });
      }
      return provider.charge(500)(context);
    },
  };
  return { world, provider, effect, journal: world.journal() };
}

test('F6.3: one perform never calls a second time after its call was answered, though others freed the effect meanwhile', async () => {
  const { world, provider, effect, journal } = await outlived();
  expect(await journal.perform('k', effect)).toEqual({ id: 'ch_1', cents: 500 });
  expect(provider.ledger).toHaveLength(1);
  expect(world.events.at(-1)).toMatchObject({ type: 'late-result', kept: true });
  expect(await journal.find('k')).toMatchObject({ state: 'done' });
});

test('F6.3: an answer that was overtaken by the decision of a person is told, and the decision stands', async () => {
  const world = await sqliteEffects();
  const journal = world.journal();
  const call = async () => {
    await world.elapse(3_600_000);
    await journal.settle('k', { happened: true, result: 'by hand' });
    return 'charged';
  };
  expect(await journal.perform('k', { call, verify: notHappened })).toBe('by hand');
  expect(world.events.at(-1)).toMatchObject({ type: 'late-result', kept: false });
});

test('F6.3: an answer that was overtaken by a verification under way is told, and the other one decides', async () => {
  const world = await sqliteEffects();
  const journal = world.journal();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const verify = async () => {
    asked.resolve();
    await answer.promise;
    return { happened: true, result: 'charged' } as const;
  };
  let resolving: Promise<unknown> | undefined;
  const call = async () => {
    await world.elapse(3_600_000);
    resolving = world.journal().resolveUnknown(verify, { concurrency: 1 });
    await asked.promise;
    return 'charged';
  };
  await expect(journal.perform('k', { call, verify })).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_BUSY' });
  expect(world.events.at(-1)).toMatchObject({ type: 'late-result', kept: false });
  answer.resolve();
  await resolving;
  expect(await journal.perform('k', { call, verify })).toBe('charged');
});

/** An unknown effect, and a verification that finds it done after another one has freed it. */
async function outlivedVerification() {
  const world = await sqliteEffects();
  const provider = new Provider();
  provider.manner = 'loses-request';
  await expect(world.journal().perform('k', { call: provider.charge(5), verify: notHappened })).rejects.toThrow();
  await world.elapse(3_600_000);
  const verify = async () => {
    await world.elapse(3_600_000);
    expect(await world.journal().resolveUnknown(notHappened)).toMatchObject({ notHappened: 1 });
    return { happened: true, result: { id: 'found', cents: 5 } } as const;
  };
  return { world, provider, verify, journal: world.journal() };
}

test('F6.3: a perform that found out that it happened never calls, though others freed the effect meanwhile', async () => {
  const { world, provider, verify, journal } = await outlivedVerification();
  provider.manner = 'answers';
  expect(await journal.perform('k', { call: provider.charge(5), verify })).toEqual({ id: 'found', cents: 5 });
  expect(provider.ledger).toHaveLength(0);
  expect(world.events.at(-1)).toMatchObject({ type: 'late-result', kept: true });
});

test('F6.3: an overtaken answer is told also when the database goes away before it can be kept', async () => {
  const { world, effect } = await outlived();
  const executor = world.open();
  if (!('executeSync' in executor)) throw new Error('synchronous');
  let isOvertaken = false;
  const database = {
    dialect: 'sqlite' as const,
    executeSync: (statement: Parameters<typeof executor.executeSync>[0]) => {
      if (isOvertaken) throw new Error('away');
      const result = executor.executeSync(statement);
      isOvertaken = statement.text.includes("state = 'done'") && result.rowCount === 0;
      return result;
    },
  };
  await expect(world.journal({ database }).perform('k', effect)).rejects.toThrow('away');
  expect(world.events.at(-1)).toMatchObject({ type: 'late-result', kept: false });
});

test('a person who settles an effect while it is verified hears that somebody is at it', async () => {
  const world = await sqliteEffects();
  const journal = world.journal();
  let settling: unknown;
  const call = async () => {
    throw new Error('lost');
  };
  const verify = async () => {
    settling = await journal.settle('k', { happened: false }).catch((error: unknown) => error);
    return { happened: true, result: 'found' } as const;
  };
  expect(await journal.perform<string>('k', { call, verify })).toBe('found');
  expect(settling).toMatchObject({ code: 'ERR_INBOX_EFFECT_NOT_OPEN' });
  expect(String(settling)).toContain('it is "unknown", and somebody is at it: try again in a moment.');
});

test('what the resolver found out too late is told', async () => {
  const { world, verify, journal } = await outlivedVerification();
  await journal.resolveUnknown(verify);
  expect(world.events.at(-1)).toMatchObject({ type: 'late-result', kept: false });
});

test('F6.3: an effect is not called when the stop comes while its lease is being written', async () => {
  const world = await sqliteEffects();
  const provider = new Provider();
  provider.manner = 'loses-request';
  const effect = { call: provider.charge(500), verify: provider.verify };
  await expect(world.journal().perform('k', effect)).rejects.toThrow();
  await world.elapse(3_600_000);
  const stop = new AbortController();
  const executor = world.open();
  if (!('executeSync' in executor)) throw new Error('synchronous');
  const database = {
    dialect: 'sqlite' as const,
    executeSync: (statement: Parameters<typeof executor.executeSync>[0]) => {
      if (statement.text.includes("state = 'calling',")) stop.abort(new Error('stopping'));
      return executor.executeSync(statement);
    },
  };
  const calls = provider.calls.length;
  const stopped = world.journal({ database }).perform('k', { ...effect, signal: stop.signal });
  await expect(stopped).rejects.toThrow('stopping');
  expect(provider.calls).toHaveLength(calls);
  expect(await world.journal().find('k')).toMatchObject({ state: 'free' });
});

test('a stop during a verification never parks an effect, however long it was unknown', async () => {
  const world = await sqliteEffects();
  const provider = new Provider();
  provider.manner = 'loses-request';
  const journal = world.journal({ parkAfterMs: 1_000 });
  await expect(journal.perform('k', { call: provider.charge(1), verify: provider.verify })).rejects.toThrow();
  await world.elapse(3_600_000);
  const stop = new AbortController();
  const verify = () => {
    stop.abort(new Error('stopping'));
    return new Promise<never>(() => {});
  };
  expect(await journal.resolveUnknown(verify, { signal: stop.signal })).toMatchObject({ parked: 0, open: 1 });
  expect(await journal.find('k')).toMatchObject({ state: 'unknown', held: false });
});

test.each([Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, Number.NaN, -5])(
  'a provider that asks for a pause of %s ms does not keep an effect from being looked at',
  async (retryAfterMs) => {
    const world = await sqliteEffects();
    const provider = new Provider();
    provider.manner = 'loses-answer';
    const journal = world.journal({ parkAfterMs: 60_000 });
    const verify = async () => {
      throw new OverloadedError('throttled', { retryAfterMs });
    };
    await expect(journal.perform('k', { call: provider.charge(1), verify })).rejects.toMatchObject({
      code: 'ERR_INBOX_EFFECT_UNKNOWN',
    });
    expect(await journal.find('k')).toMatchObject({ state: 'unknown', held: false });
    await world.elapse(3_600_000);
    expect(await journal.resolveUnknown(provider.verify)).toMatchObject({ happened: 1 });
  },
);
