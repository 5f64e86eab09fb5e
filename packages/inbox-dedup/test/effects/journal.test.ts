import { PermanentError, SchemaValidationError, Telemetry, UnknownOutcomeError } from '@holdfast/core';
import { CorruptEffectError, EffectJournal, EffectResolver, PostgresEffectStore } from '@holdfast/inbox-dedup/effects';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sqliteEffects } from './effect-world.ts';
import { Provider } from './provider.ts';

const unable = async () => ({ happened: 'unknown' }) as const;

describe('idempotency keys', () => {
  test('are the same in every process, in the shape of a UUIDv4, and differ by scope, journal and key', async () => {
    const world = await sqliteEffects();
    const key = world.journal().idempotencyKeyOf('order-1');
    // Written down, so that no release changes it: it would charge what is under way a second time.
    expect(key).toBe('8879290f-d0f5-4979-af52-cfc6ba0b65d3');
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const others = [
      world.journal().idempotencyKeyOf('order-2'),
      world.journal({ name: 'paymentorder' }).idempotencyKeyOf('-1'),
      world.journal({ scope: 'production' }).idempotencyKeyOf('order-1'),
      world.journal({ scope: 'p', name: 'ayment' }).idempotencyKeyOf('order-1'),
    ];
    expect(new Set([key, ...others]).size).toBe(5);
  });

  test('of an effect that is known stay as they were when the scope changes', async () => {
    const world = await sqliteEffects();
    const provider = new Provider();
    provider.manner = 'throttles';
    const effect = { call: provider.charge(1), verify: provider.verify };
    await expect(world.journal().perform('k', effect)).rejects.toThrow('throttled');
    provider.manner = 'answers';
    await world.journal({ scope: 'changed' }).perform('k', effect);
    expect(new Set(provider.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });
});

describe('results', () => {
  test.each([
    ['a bigint', { amount: 1n }, 'bigint'],
    ['NaN', { rate: Number.NaN }, 'NaN'],
    ['a Map', { fees: new Map([['a', 1]]) }, 'an object that JSON cannot carry'],
    ['too large', 'x'.repeat(200), 'has 202 bytes, the limit is 100'],
  ])(
    '%s cannot be kept: the effect is parked with the reason, never lost and never called again',
    async (_, result, reason) => {
      const world = await sqliteEffects();
      const journal = world.journal({ maxResultBytes: 100 });
      let calls = 0;
      const call = async (): Promise<unknown> => {
        calls += 1;
        return result;
      };
      for (let round = 0; round < 2; round += 1) {
        const error = await journal.perform('k', { call, verify: unable }).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'ERR_INBOX_EFFECT_PARKED', reason: expect.stringContaining(reason) });
      }
      expect(calls).toBe(1);
      expect(await journal.list({ state: 'parked' })).toMatchObject([
        { lastError: expect.stringContaining('it happened') },
      ]);
      await expect(journal.settle('k', { happened: true, result })).rejects.toMatchObject({
        code: 'ERR_INBOX_INVALID_EFFECT_RESULT',
      });
      await journal.settle('k', { happened: true, result: 'small' });
      expect(await journal.perform('k', { call, verify: unable })).toBe('small');
    },
  );

  test('are the same the first time as ever after, nothing at all included', async () => {
    const world = await sqliteEffects();
    const journal = world.journal();
    for (const [key, result] of Object.entries({ none: undefined, zero: null, text: 'é\u0000', date: new Date(0) })) {
      const effect = { call: async (): Promise<unknown> => result, verify: unable };
      expect(await journal.perform(key, effect)).toEqual(await journal.perform(key, effect));
    }
  });

  test('that were changed by hand to something that is not JSON are refused by name, and the effect is not called', async () => {
    const world = await sqliteEffects();
    const provider = new Provider();
    const effect = { call: provider.charge(1), verify: provider.verify };
    const journal = world.journal();
    await journal.perform('k', effect);
    for (const broken of ["x'7b'", "x'ff'"]) {
      await world.change(`update holdfast_effect set result = ${broken}`);
      const error = await journal.perform('k', effect).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CorruptEffectError);
    }
    await world.change(`pragma ignore_check_constraints = on`);
    await world.change(`update holdfast_effect set state = 'odd'`);
    await expect(journal.perform('k', effect)).rejects.toBeInstanceOf(CorruptEffectError);
    expect(provider.calls).toHaveLength(1);
  });
});

describe('failures of a call', () => {
  test.each([
    ['an error of the library, as of an answer that could not be decoded', new SchemaValidationError('a', 1, [])],
    ['an unknown outcome', new UnknownOutcomeError('lost')],
    ['a foreign error', new TypeError('fetch failed')],
    ['something that is no error', 'text'],
  ])('%s do not say that it did not happen', async (_, thrown) => {
    const world = await sqliteEffects();
    const call = async () => {
      throw thrown;
    };
    const perform = world.journal().perform('k', { call, verify: unable });
    await expect(perform).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
  });

  test('no payload of an answer gets into errors, events or rows', async () => {
    const world = await sqliteEffects();
    const secret = 'password=hunter2';
    const call = async () => JSON.parse(`{"card": ${secret}`) as unknown;
    const journal = world.journal();
    const error = (await journal.perform('k', { call, verify: unable }).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).not.toContain('hunter2');
    expect(JSON.stringify([world.events, await journal.find('k')])).not.toContain('hunter2');
  });

  test('when it certainly did not happen, and that is believed at once, perform says so', async () => {
    const world = await sqliteEffects();
    const provider = new Provider();
    provider.manner = 'loses-request';
    const perform = world.journal({ settleMs: 0 }).perform('k', { call: provider.charge(1), verify: provider.verify });
    await expect(perform).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_NOT_PERFORMED' });
    expect(await world.journal().find('k')).toMatchObject({ state: 'free' });
  });

  test('with "call-again" a lost answer is found out by another call, and an overload then does not prove that nothing happened', async () => {
    const world = await sqliteEffects();
    const provider = new Provider();
    const effect = { call: provider.charge(1), verify: 'call-again' } as const;
    const journal = world.journal({ verifyBackoffMs: { min: 0, max: 0 } });
    provider.manner = 'loses-answer';
    await expect(journal.perform('k', effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
    provider.manner = 'throttles';
    await expect(journal.perform('k', effect)).rejects.toMatchObject({ retryAfterMs: 7_000 });
    expect(await journal.find('k')).toMatchObject({ state: 'unknown', attempts: 2 });
    provider.manner = 'answers';
    await world.elapse(7_001);
    await journal.perform('k', effect);
    expect(new Set(provider.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });
});

describe('verdicts', () => {
  test.each([undefined, null, {}, { happened: 'no' }, { happened: 0 }, false])(
    '%j is no verdict, and above all not "it did not happen"',
    async (verdict) => {
      const world = await sqliteEffects();
      const provider = new Provider();
      provider.manner = 'loses-answer';
      const journal = world.journal({ settleMs: 0, verifyBackoffMs: { min: 0, max: 0 }, maxVerifications: 2 });
      const effect = { call: provider.charge(1), verify: async () => verdict as never };
      await expect(journal.perform('k', effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
      await expect(journal.perform('k', effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_PARKED' });
      expect(provider.calls).toHaveLength(1);
    },
  );

  test('a provider that is down while it is asked parks nothing, until the effect has been unknown for too long', async () => {
    const world = await sqliteEffects();
    const provider = new Provider();
    provider.manner = 'loses-answer';
    const journal = world.journal({ maxVerifications: 1, verifyBackoffMs: { min: 0, max: 0 }, parkAfterMs: 3_600_000 });
    const verify = async () => {
      throw new Error('connect ECONNREFUSED');
    };
    const effect = { call: provider.charge(1), verify };
    for (let round = 0; round < 3; round += 1) {
      await expect(journal.perform('k', effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN' });
    }
    await world.elapse(3_600_001);
    await expect(journal.perform('k', effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_PARKED' });
  });
});

describe('the resolver', () => {
  test('finds out about effects that nobody performs again, abandoned ones too, and never calls', async () => {
    const world = await sqliteEffects();
    const provider = new Provider();
    const journal = world.journal({ settleMs: 60_000, verifyBackoffMs: { min: 0, max: 0 } });
    for (const [key, manner] of Object.entries({ charged: 'loses-answer', never: 'loses-request' } as const)) {
      provider.manner = manner;
      await expect(journal.perform(key, { call: provider.charge(1), verify: unable })).rejects.toThrow('unknown');
    }
    await world.store.intents.claim(
      {
        execute: async (statement) => {
          const database = world.open();
          return 'execute' in database ? database.execute(statement) : database.executeSync(statement);
        },
      },
      { journal: 'payment', key: 'abandoned', idempotencyKey: 'i', about: null, leaseMs: 1, settleMs: 0 },
    );
    const resolver = new EffectResolver({ journal, verify: provider.verify });
    await world.elapse(10);
    await resolver.runOnce();
    expect(await journal.find('charged')).toMatchObject({ state: 'done' });
    expect(await journal.find('never')).toMatchObject({ state: 'unknown' });
    expect(await journal.find('abandoned')).toMatchObject({ state: 'free' });
    await world.elapse(60_001);
    await resolver.runOnce();
    expect(await journal.find('never')).toMatchObject({ state: 'free' });
    expect(provider.calls).toHaveLength(2);
    expect((await resolver.stop()).settled).toBe(true);
  });

  test.each([{ limit: 0 }, { concurrency: 0 }, { retentionMs: 0 }, { verify: 'call-again' as never }])(
    'refuses %j when it is made, not in every run',
    async (wrong) => {
      const journal = (await sqliteEffects()).journal();
      expect(() => new EffectResolver({ journal, verify: unable, ...wrong })).toThrow(Object.keys(wrong)[0]);
    },
  );

  test('forgets settled effects after their retention, in bounded chunks, and none that is open', async () => {
    const world = await sqliteEffects();
    const provider = new Provider();
    const journal = world.journal();
    for (const key of ['a', 'b', 'c'])
      await journal.perform(key, { call: provider.charge(1), verify: provider.verify });
    provider.manner = 'loses-answer';
    await expect(journal.perform('open', { call: provider.charge(1), verify: unable })).rejects.toThrow('unknown');
    await world.elapse(1_000_000);
    expect(await journal.purge({ retentionMs: 999_999, limit: 2 })).toBe(2);
    const resolver = new EffectResolver({ journal, verify: unable, retentionMs: 999_999 });
    await resolver.runOnce();
    await resolver.stop();
    const left = await Promise.all(['a', 'b', 'c', 'open'].map(async (key) => (await journal.find(key))?.state));
    expect(left).toEqual([undefined, undefined, undefined, 'unknown']);
  });
});

test('metrics count what became of effects, and show what is open and since when', async () => {
  const world = await sqliteEffects();
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => meterProvider.shutdown());
  const journal = world.journal({ telemetry: new Telemetry({ meterProvider }), maxVerifications: 1 });
  const end = journal.observe();
  const provider = new Provider();
  const effect = { call: provider.charge(1), verify: provider.verify };
  await journal.perform('a', effect);
  await journal.perform('a', effect);
  provider.manner = 'loses-answer';
  await journal.perform('b', effect);
  await expect(journal.perform('c', { ...effect, verify: unable })).rejects.toThrow('parked');
  provider.manner = 'declines';
  await expect(journal.perform('d', effect)).rejects.toThrow('refused');
  await meterProvider.forceFlush();
  const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const points = (name: string, attribute: string) =>
    Object.fromEntries(
      metrics
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [String(attributes[attribute]), value])),
    );
  expect(points('holdfast.effects.outcomes', 'holdfast.outcome')).toEqual({
    performed: 1,
    returned: 1,
    unknown: 2,
    resolved: 1,
    parked: 1,
    refused: 1,
  });
  expect(points('holdfast.effects.open', 'holdfast.state')).toEqual({ calling: 0, unknown: 0, parked: 1 });
  expect(Object.keys(points('holdfast.effects.oldest_age', 'holdfast.state'))).toEqual(['unknown', 'parked']);
  end();
});

test('two performs of one key at once: one calls, the other is told when to come again', async () => {
  const world = await sqliteEffects();
  const provider = new Provider();
  const effect = { call: provider.charge(1), verify: provider.verify };
  const calling = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const call: typeof effect.call = async (context) => {
    calling.resolve();
    await go.promise;
    return effect.call(context);
  };
  const first = world.journal().perform('k', { ...effect, call });
  await calling.promise;
  const busy = await world
    .journal()
    .perform('k', effect)
    .catch((error: unknown) => error);
  expect(busy).toMatchObject({ code: 'ERR_INBOX_EFFECT_BUSY', failureClass: 'transient' });
  expect((busy as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
  go.resolve();
  expect(
    await world
      .journal()
      .perform('k', effect)
      .catch(() => first),
  ).toEqual(await first);
  expect(provider.ledger).toHaveLength(1);
});

test('a listener that throws changes nothing', async () => {
  const world = await sqliteEffects();
  const provider = new Provider();
  provider.manner = 'loses-answer';
  const onEvent = () => {
    throw new Error('listener');
  };
  const effect = { call: provider.charge(1), verify: provider.verify };
  expect(await world.journal({ onEvent }).perform('k', effect)).toMatchObject({ cents: 1 });
});

test('wrong options and keys are refused by name, before anything is done', async () => {
  const world = await sqliteEffects();
  const database = world.open();
  expect(() => new EffectJournal({ name: 'n', store: new PostgresEffectStore(), database })).toThrow('"store"');
  for (const wrong of [{ deadlineMs: 0 }, { settleMs: -1 }, { maxVerifications: 0 }, { name: '' }]) {
    expect(() => world.journal(wrong)).toThrow(Object.keys(wrong)[0]);
  }
  const effect = { call: async () => 1, verify: unable };
  const journal = world.journal();
  for (const key of ['', 'a\u0000b', '\ud800', 'x'.repeat(513)]) {
    await expect(journal.perform(key, effect)).rejects.toMatchObject({ code: 'ERR_CORE_INVALID_OPTION' });
  }
  await expect(journal.perform('k', { ...effect, verify: 'maybe' as never })).rejects.toThrow('"verify"');
  await expect(
    journal.perform('k', {
      call: async () => {
        throw new PermanentError('no');
      },
      verify: unable,
    }),
  ).rejects.toThrow('refused');
});
