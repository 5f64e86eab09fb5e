import type { Envelope, Publisher, Receipt } from '@holdfast/core';
import { ManualClock, SeededRandom } from '@holdfast/core/testing';
import { MemoryBroker } from '@holdfast/transports/memory';
import { FaultyPublisher, type PublishFault, type PublishFaultPlan } from '@holdfast/transports/testing';
import { describe, expect, test } from 'vitest';
import { PublishWindow } from '../../src/testing/conformance/publish-window.ts';
import { envelope, envelopes } from '../envelopes.ts';

async function faulty(faults: readonly PublishFault[], plan: Partial<PublishFaultPlan> = {}) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  await broker.declare({ queue: 'all', types: ['*'] });
  const arrived = async () => {
    const deliveries = await broker.reader('all').pull(1_000, { waitMs: 0 });
    return deliveries.map((delivery) => delivery.envelope.id);
  };
  return { clock, broker, arrived, publisher: new FaultyPublisher(broker, { faults, clock, ...plan }) };
}

const outcomes = (receipts: readonly Receipt[]) => receipts.map(({ outcome }) => outcome);

describe('which messages are hit', () => {
  test('by index, counted over all calls', async () => {
    const { publisher } = await faulty([{ fault: 'reject', at: [1, 3] }]);
    expect(outcomes(await publisher.publish(envelopes(3)))).toEqual(['accepted', 'rejected', 'accepted']);
    expect(outcomes(await publisher.publish(envelopes(2)))).toEqual(['rejected', 'accepted']);
    expect(publisher.hits('reject')).toBe(2);
    expect(publisher.hits('delay')).toBe(0);
  });

  test('by predicate, as often as it is told', async () => {
    const when = ({ type }: Envelope) => type === 'bad';
    const { publisher } = await faulty([{ fault: 'reject', when, times: 1, reason: 'Bad type.' }]);
    const receipts = await publisher.publish([
      envelope('a'),
      envelope('b', { type: 'bad' }),
      envelope('c', { type: 'bad' }),
    ]);
    expect(receipts).toEqual([
      { outcome: 'accepted' },
      { outcome: 'rejected', reason: 'Bad type.' },
      { outcome: 'accepted' },
    ]);
  });

  test('by chance, the same for the same seed', async () => {
    const run = async () => {
      const { publisher } = await faulty([{ fault: 'reject', probability: 0.3 }], { random: new SeededRandom(3) });
      return outcomes(await publisher.publish(envelopes(200)));
    };
    const receipts = await run();
    expect(receipts.filter((outcome) => outcome === 'rejected').length).toBeGreaterThan(40);
    expect(receipts.filter((outcome) => outcome === 'rejected').length).toBeLessThan(80);
    expect(await run()).toEqual(receipts);
  });

  test.each<[string, PublishFaultPlan]>([
    ['random', { faults: [{ fault: 'duplicate', probability: 0.5 }] }],
    ['probability', { faults: [{ fault: 'duplicate', probability: 2 }], random: new SeededRandom(1) }],
    ['at', { faults: [{ fault: 'duplicate', at: -1 }] }],
    ['times', { faults: [{ fault: 'duplicate', times: 0 }] }],
    ['ms', { faults: [{ fault: 'delay', ms: -1 }] }],
    ['breakContract', { faults: [{ fault: 'throw' }] }],
    ['breakContract', { faults: [{ fault: 'hang' }], breakContract: ['throw'] }],
  ])('a plan with a wrong "%s" is refused', (option, plan) => {
    const inner: Publisher = { publish: async () => [] };
    expect(() => new FaultyPublisher(inner, plan)).toThrow(`Option "${option}"`);
  });
});

describe('faults that keep the contract', () => {
  test('a delayed message and all after it are handed over later, in order', async () => {
    const { publisher, clock, arrived } = await faulty([{ fault: 'delay', ms: 100, at: 1 }]);
    const first = publisher.publish(envelopes(3));
    const second = publisher.publish([envelope('later')]);
    expect(await arrived()).toEqual(['m0']);
    await clock.advance(99);
    expect(await arrived()).toEqual([]);
    await clock.advance(1);
    expect(outcomes([...(await first), ...(await second)])).toEqual(new Array(4).fill('accepted'));
    expect(await arrived()).toEqual(['m1', 'm2', 'later']);
  });

  test('a duplicated message arrives twice and has one receipt', async () => {
    const { publisher, arrived } = await faulty([{ fault: 'duplicate', at: 0 }]);
    expect(outcomes(await publisher.publish(envelopes(2)))).toEqual(['accepted', 'accepted']);
    expect(await arrived()).toEqual(['m0', 'm0', 'm1']);
  });

  test('F4.5: a lost receipt is unknown though the message arrives, and later ones of its key are withheld', async () => {
    const { publisher, arrived } = await faulty([{ fault: 'lose-receipt', at: 0 }]);
    const first = publisher.publish([
      envelope('a', { key: 'k' }),
      envelope('b', { key: 'k' }),
      envelope('c', { key: 'l' }),
    ]);
    const second = publisher.publish([envelope('d', { key: 'k' })]);
    expect(outcomes(await first)).toEqual(['unknown', 'unavailable', 'accepted']);
    expect(outcomes(await second)).toEqual(['unavailable']);
    expect(await arrived()).toEqual(['a', 'c']);
    expect(outcomes(await publisher.publish([envelope('b', { key: 'k' })]))).toEqual(['accepted']);
  });

  test.each(['unavailable', 'unknown'] as const)(
    'a message that fails before delivery is %s and does not arrive',
    async (outcome) => {
      const { publisher, arrived } = await faulty([{ fault: 'fail', outcome, at: 0 }]);
      const receipts = await publisher.publish([
        envelope('a', { key: 'k' }),
        envelope('b', { key: 'k' }),
        envelope('c'),
      ]);
      expect(outcomes(receipts)).toEqual([outcome, 'unavailable', 'accepted']);
      expect(await arrived()).toEqual(['c']);
    },
  );

  test('a rejected message does not arrive, and its key goes on', async () => {
    const { publisher, arrived } = await faulty([{ fault: 'reject', at: 0 }]);
    const receipts = await publisher.publish(envelopes(2, { key: 'k' }));
    expect(outcomes(receipts)).toEqual(['rejected', 'accepted']);
    expect(await arrived()).toEqual(['m1']);
  });

  test('messages of other keys pass one that is reordered, those of its key stay behind it', async () => {
    const { publisher, clock, arrived } = await faulty([{ fault: 'reorder', ms: 50, at: 0 }]);
    const first = publisher.publish([
      envelope('a1', { key: 'a' }),
      envelope('b1', { key: 'b' }),
      envelope('a2', { key: 'a' }),
    ]);
    const second = publisher.publish([envelope('a3', { key: 'a' }), envelope('b2', { key: 'b' }), envelope('none')]);
    expect(await arrived()).toEqual(['b1', 'b2', 'none']);
    await clock.advance(50);
    expect(outcomes([...(await first), ...(await second)])).toEqual(new Array(6).fill('accepted'));
    expect(await arrived()).toEqual(['a1', 'a2', 'a3']);
    expect(clock.sleeping).toBe(0);
  });

  test('aborting answers at once what waits in the decorator, and what stays behind it of the same key is withheld', async () => {
    const { publisher, clock, arrived } = await faulty([{ fault: 'delay', ms: 100, at: 0 }]);
    const controller = new AbortController();
    const delayed = publisher.publish([envelope('other')]);
    const aborted = publisher.publish([envelope('a', { key: 'k' })], { signal: controller.signal });
    const behind = publisher.publish([envelope('b', { key: 'k' })]);
    controller.abort();
    expect(outcomes(await aborted)).toEqual(['unavailable']);
    await clock.advance(100);
    expect(outcomes(await delayed)).toEqual(['accepted']);
    expect(outcomes(await behind)).toEqual(['unavailable']);
    expect(await arrived()).toEqual(['other']);
  });

  test('an inner publisher that rejects makes the batch unknown', async () => {
    const inner: Publisher = { publish: () => Promise.reject(new Error('Broken.')) };
    const publisher = new FaultyPublisher(inner, { faults: [] });
    expect(outcomes(await publisher.publish(envelopes(2)))).toEqual(['unknown', 'unknown']);
  });
});

describe('faults that break the contract when told', () => {
  test('throw: publish rejects though the messages arrive', async () => {
    const { publisher, arrived } = await faulty([{ fault: 'throw', at: 1 }], { breakContract: ['throw'] });
    await expect(publisher.publish(envelopes(3))).rejects.toThrow('injected');
    expect(await arrived()).toEqual(['m0', 'm1', 'm2']);
  });

  test('hang: publish never settles', async () => {
    const { publisher, clock, arrived } = await faulty([{ fault: 'hang', at: 0 }], { breakContract: ['hang'] });
    let settled = false;
    void publisher.publish(envelopes(1)).finally(() => {
      settled = true;
    });
    await clock.advance(1_000_000);
    expect(settled).toBe(false);
    expect(await arrived()).toEqual(['m0']);
  });

  test('key-order: later messages of the same key pass', async () => {
    const faults = [{ fault: 'reorder', ms: 50, at: 0 }] as const;
    const { publisher, clock, arrived } = await faulty(faults, { breakContract: ['key-order'] });
    const call = publisher.publish(envelopes(2, { key: 'k' }));
    await clock.advance(50);
    await call;
    expect(await arrived()).toEqual(['m1', 'm0']);
  });

  test('key-after-failure: later messages of a failed key are handed over', async () => {
    const faults = [{ fault: 'fail', outcome: 'unknown', at: 0 }] as const;
    const { publisher } = await faulty(faults, { breakContract: ['key-after-failure'] });
    expect(outcomes(await publisher.publish(envelopes(2, { key: 'k' })))).toEqual(['unknown', 'accepted']);
  });
});

describe('whatever goes wrong at once', () => {
  const allFaults: readonly PublishFault[] = [
    { fault: 'delay', ms: 7, probability: 0.1 },
    { fault: 'reorder', ms: 20, probability: 0.1 },
    { fault: 'duplicate', probability: 0.1 },
    { fault: 'lose-receipt', probability: 0.1 },
    { fault: 'fail', outcome: 'unavailable', probability: 0.05 },
    { fault: 'fail', outcome: 'unknown', probability: 0.05 },
    { fault: 'reject', probability: 0.05 },
  ];

  /** Publishes and aborts at random, while the broker goes up and down. */
  async function chaos(seed: number, breakContract: PublishFaultPlan['breakContract'] = []) {
    const random = new SeededRandom(seed);
    const { publisher, broker, clock, arrived } = await faulty(allFaults, { random, breakContract });
    const window = new PublishWindow(publisher);
    for (let step = 0; step < 60; step += 1) {
      const controller = new AbortController();
      const batch = Array.from({ length: random.integer(0, 4) }, (_, index) =>
        envelope(`${String(step).padStart(2, '0')}.${index}`, { key: `k${random.integer(0, 2)}` }),
      );
      window.publish(batch, { signal: controller.signal });
      if (random.next() < 0.1) broker.setAvailable(random.next() < 0.5);
      if (random.next() < 0.1) controller.abort();
      if (random.next() < 0.5) await clock.advance(random.integer(0, 10));
    }
    broker.setAvailable(true);
    await clock.advance(10_000);
    const sent = await window.settled();
    return { sent, window, clock, ids: await arrived() };
  }

  test.each(Array.from({ length: 60 }, (_, seed) => seed))('the contract holds (seed %d)', async (seed) => {
    const { sent, window, clock, ids } = await chaos(seed);
    await window.assertNothingOvertakesAFailure();
    const arrived = new Set(ids);
    const keyOf = new Map(sent.map((one) => [one.envelope.id, one.envelope.key]));
    for (const one of sent) {
      if (one.receipt?.outcome === 'accepted') expect(arrived).toContain(one.envelope.id);
      if (one.receipt?.outcome === 'unavailable') expect(arrived).not.toContain(one.envelope.id);
      if (one.receipt?.outcome === 'rejected') expect(arrived).not.toContain(one.envelope.id);
    }
    for (const key of ['k0', 'k1', 'k2']) {
      const ofKey = ids.filter((id) => keyOf.get(id) === key);
      expect(ofKey).toEqual(ofKey.toSorted());
    }
    expect(clock.sleeping).toBe(0);
  });

  test('and is seen to break when the plan breaks it', async () => {
    const broken = await Promise.all(
      Array.from({ length: 20 }, async (_, seed) => {
        const { window } = await chaos(seed, ['key-after-failure']);
        return window.assertNothingOvertakesAFailure().then(
          () => false,
          () => true,
        );
      }),
    );
    expect(broken).toContain(true);
  });
});
