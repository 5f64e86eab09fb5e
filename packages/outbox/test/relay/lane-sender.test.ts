import { type Receipt, TransientError } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import type { LogCursor, LogEntry, ParkedEntry } from '@holdfast/outbox';
import { describe, expect, test } from 'vitest';
import { Breaker } from '../../src/relay/breaker.ts';
import { LaneSender, type LaneSenderOptions } from '../../src/relay/lane-sender.ts';
import { entry, page } from './log-pages.ts';
import { accepted, ManualPublisher, rejected, unavailable, unknown } from './manual-publisher.ts';

function senderOf(options: Partial<LaneSenderOptions> = {}) {
  const clock = new ManualClock();
  const random = { next: () => 0.999 };
  const publisher = new ManualPublisher();
  const breaker = new Breaker({ clock, random });
  const parked: ParkedEntry[] = [];
  const progress: LogCursor[] = [];
  const events: string[] = [];
  const sender = new LaneSender({
    publisher,
    breaker,
    blockade: new Breaker({ clock, random, baseMs: 1_000, maxMs: 30_000 }),
    policies: {},
    parkedKeys: [],
    maxParkedKeys: 100,
    windowSize: 100,
    batchSize: 10,
    strictKeys: false,
    onParked: (one) => parked.push(one),
    onProgress: (cursor) => progress.push(cursor),
    onBlocked: ({ envelope }, reason) => events.push(`blocked by ${envelope.id}: ${reason}`),
    onUnavailable: (reason) => events.push(`unavailable: ${reason}`),
    onAvailable: () => events.push('available'),
    onChange: () => {},
    ...options,
  });
  const add = (...entries: readonly LogEntry[]) => sender.add(page(entries));
  return {
    sender,
    publisher,
    breaker,
    clock,
    events,
    progress,
    add,
    parked: () => parked.map(({ entry: one, role }) => `${one.envelope.id} ${role}`),
    /** Sends, answers each call with what `receipt` says of its messages, and waits, until nothing is left to send. */
    async drain(receipt: (id: string) => Receipt, rounds = 100): Promise<readonly string[]> {
      const sent: string[] = [];
      for (let round = 0; round < rounds && sender.queued + sender.inFlight > 0; round += 1) {
        const before = publisher.calls.length;
        const waitMs = sender.send();
        if (waitMs > 0) await clock.advance(waitMs);
        for (const call of publisher.calls.slice(before)) {
          sent.push(...call.ids);
          await call.answer(call.ids.map(receipt));
        }
      }
      return sent;
    },
  };
}

const numbered = (from: number, to: number, key?: string) =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(from + index, { key: key ?? null }));

describe('sending', () => {
  test('batches go out in order until the window is full', async () => {
    const { sender, publisher, add } = senderOf({ windowSize: 4, batchSize: 2 });
    add(...numbered(1, 9));
    expect(sender.send()).toBe(0);
    expect(publisher.takeIds()).toEqual([
      ['m1', 'm2'],
      ['m3', 'm4'],
    ]);
    sender.send();
    expect(publisher.takeIds()).toEqual([]);
    await publisher.calls[1]!.accept();
    sender.send();
    expect(publisher.takeIds()).toEqual([['m5', 'm6']]);
    expect(sender.inFlight).toBe(4);
  });

  test('receipts out of order move the cursor only when everything before has one', async () => {
    const { sender, publisher, progress, add } = senderOf({ windowSize: 6, batchSize: 2 });
    add(...numbered(1, 6));
    sender.send();
    await publisher.calls[2]!.accept();
    await publisher.calls[1]!.accept();
    expect(progress).toEqual([]);
    await publisher.calls[0]!.accept();
    expect(progress.map((cursor) => cursor.position)).toEqual([6]);
  });

  test.each([
    ['rejects', (call: ManualPublisher['calls'][number]) => call.reject(new TransientError('socket hang up'))],
    ['gives no receipts', (call: ManualPublisher['calls'][number]) => call.answer([])],
    ['gives too few receipts', (call: ManualPublisher['calls'][number]) => call.answer([accepted])],
  ])('F4.5: when the publisher %s, what has no receipt is published again, in order', async (_what, fail) => {
    const { sender, publisher, progress, clock, add } = senderOf({ batchSize: 3 });
    add(...numbered(1, 3, 'k'));
    sender.send();
    await fail(publisher.last);
    const missing = progress.length === 0 ? ['m1', 'm2', 'm3'] : ['m2', 'm3'];
    const waitMs = sender.send();
    expect(waitMs).toBeGreaterThan(0);
    await clock.advance(waitMs);
    sender.send();
    const probe = publisher.last;
    expect(probe.ids).toEqual(missing.slice(0, 1));
    await probe.accept();
    sender.send();
    expect(publisher.last.ids).toEqual(missing.slice(1));
  });

  test('a publisher that throws instead of rejecting is treated the same', async () => {
    const { sender, clock, add } = senderOf({
      publisher: {
        publish: () => {
          throw new Error('not connected');
        },
      },
    });
    add(entry(1));
    sender.send();
    await clock.settle();
    expect([sender.queued, sender.inFlight]).toEqual([1, 0]);
  });

  test('abandoning aborts the signal of what is in flight', () => {
    const { sender, publisher, add } = senderOf();
    add(entry(1));
    sender.send();
    sender.abandon();
    expect(publisher.last.signal?.aborted).toBe(true);
  });
});

describe('a destination that is away', () => {
  test('F4.5: after anything without an answer the rest in flight is waited for, then all of it goes again in order', async () => {
    const { sender, publisher, add, drain } = senderOf({ batchSize: 2 });
    add(...numbered(1, 6, 'k'));
    sender.send();
    await publisher.calls[0]!.answer([accepted, unknown]);
    expect(sender.send()).toBe(0);
    await publisher.calls[2]!.answer([unknown, unknown]);
    expect(sender.send()).toBe(0);
    expect(publisher.calls).toHaveLength(3);
    await publisher.calls[1]!.answer([unknown, unknown]);
    expect(await drain(() => accepted)).toEqual(['m2', 'm3', 'm4', 'm5', 'm6']);
  });

  test('F4.1: while it is away one message at a time finds out, and nothing is parked', async () => {
    const { sender, publisher, events, parked, add, clock, drain } = senderOf();
    add(...numbered(1, 30));
    sender.send();
    for (const call of publisher.calls) await call.answer(call.ids.map(() => unavailable));
    publisher.takeIds();
    for (let probe = 0; probe < 5; probe += 1) {
      await clock.advance(sender.send());
      sender.send();
      expect(publisher.takeIds()).toEqual([['m1']]);
      await publisher.last.answer([unavailable]);
    }
    expect(events).toEqual(expect.arrayContaining(['unavailable: connection refused']));
    expect(await drain(() => accepted)).toHaveLength(30);
    expect(events.at(-1)).toBe('available');
    expect(parked()).toEqual([]);
  });

  test('F4.2: what a throttling destination asks for is waited out', async () => {
    const { sender, publisher, add } = senderOf();
    add(...numbered(1, 2));
    sender.send();
    await publisher.last.answer([accepted, { outcome: 'unavailable', reason: 'throttled', retryAfterMs: 45_000 }]);
    expect(sender.send()).toBe(45_000);
  });

  test('F4.9: a probe that is rejected shows that the destination is there: the others go on', async () => {
    const { sender, publisher, parked, add, drain } = senderOf();
    add(entry(1, { key: 'poison' }), ...numbered(2, 4));
    sender.send();
    await publisher.last.answer([unavailable, unavailable, unavailable, unavailable]);
    expect(await drain((id) => (id === 'm1' ? rejected : accepted))).toEqual(['m1', 'm2', 'm3', 'm4']);
    expect(parked()).toEqual(['m1 rejected']);
  });

  test('a probe whose lane was lost does not keep the others of its destination from probing', async () => {
    const { sender, publisher, breaker, add, clock } = senderOf();
    add(entry(1));
    sender.send();
    await publisher.last.answer([unavailable]);
    await clock.advance(sender.send());
    sender.send();
    sender.abandon();
    await publisher.last.answer([unknown]);
    await clock.advance(60_000);
    expect(breaker.permission().allow).toBe('probe');
  });
});

describe('poison', () => {
  test('F4.9: a rejected message is parked, later ones of its key behind it, and other keys go on', async () => {
    const { add, drain, parked, progress } = senderOf({ batchSize: 2 });
    add(entry(1, { key: 'a' }), entry(2, { key: 'b' }), entry(3, { key: 'a' }), entry(4, { key: 'b' }), entry(5));
    add(entry(6, { key: 'a' }), entry(7));
    const sent = await drain((id) => (id === 'm1' ? rejected : accepted), 1);
    expect(sent).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7']);
    add(entry(8, { key: 'a' }), entry(9, { key: 'b' }));
    expect(await drain(() => accepted)).toEqual(['m9']);
    expect(parked()).toEqual(['m1 rejected', 'm8 behind']);
    expect(progress.at(-1)?.position).toBe(9);
  });

  test('F4.9: keys that were parked before go behind from the first message on, until they are released', async () => {
    const { sender, add, drain, parked } = senderOf({ parkedKeys: ['a'] });
    add(entry(1, { key: 'a' }), entry(2));
    expect(await drain(() => accepted)).toEqual(['m2']);
    sender.release(['a']);
    add(entry(3, { key: 'a' }));
    expect(await drain(() => accepted)).toEqual(['m3']);
    expect(parked()).toEqual(['m1 behind']);
  });

  test('a page of nothing but diverted messages still moves the cursor', () => {
    const { sender, add, progress, publisher } = senderOf({ parkedKeys: ['a'] });
    add(...numbered(1, 50, 'a'));
    sender.send();
    expect(publisher.calls).toEqual([]);
    expect(progress.at(-1)?.position).toBe(50);
    expect(sender.queued).toBe(0);
  });

  test('the parked entry is told before the progress that covers it', async () => {
    const order: string[] = [];
    const { sender, add, publisher } = senderOf({
      onParked: () => order.push('parked'),
      onProgress: () => order.push('progress'),
    });
    add(entry(1, { key: 'a' }));
    sender.send();
    await publisher.last.answer([rejected]);
    expect(order).toEqual(['parked', 'progress']);
  });

  test('policy skip: the message is put aside, later ones of its key go on', async () => {
    const { add, drain, parked } = senderOf({ policies: { types: { noise: 'skip' } } });
    add(entry(1, { key: 'a', type: 'noise' }));
    await drain(() => rejected, 1);
    add(entry(2, { key: 'a' }));
    expect(await drain(() => accepted)).toEqual(['m2']);
    expect(parked()).toEqual(['m1 skipped']);
  });

  test('policy block: the lane waits and tries that message alone, until it is taken', async () => {
    const { sender, publisher, add, events, drain, parked } = senderOf({
      policies: { default: 'block' },
      batchSize: 1,
    });
    add(entry(1));
    sender.send();
    await publisher.last.answer([rejected]);
    add(entry(2), entry(3));
    let tries = 0;
    const sent = await drain((id) => (id === 'm1' && ++tries < 4 ? rejected : accepted));
    expect(sent).toEqual(['m1', 'm1', 'm1', 'm1', 'm2', 'm3']);
    expect(events[0]).toBe('blocked by m1: unroutable');
    expect(sender.blocked).toBeNull();
    expect(parked()).toEqual([]);
  });

  test('policy block: a message before it that got no answer does not leave the lane stuck', async () => {
    const { sender, publisher, add, drain } = senderOf({ policies: { types: { strict: 'block' } } });
    add(entry(1, { key: 'a' }), entry(2, { key: 'b', type: 'strict' }), entry(3));
    sender.send();
    await publisher.last.answer([unknown, rejected, accepted]);
    expect(await drain(() => accepted)).toEqual(['m1', 'm2']);
    expect(sender.blocked).toBeNull();
  });

  test('policy block: a destination that goes away meanwhile is not asked without a pause', async () => {
    const { sender, publisher, add } = senderOf({ policies: { types: { strict: 'block' } }, batchSize: 1 });
    add(entry(1, { type: 'strict' }), entry(2));
    sender.send();
    await publisher.calls[0]!.answer([rejected]);
    await publisher.calls[1]!.answer([unavailable]);
    expect(sender.send()).toBeGreaterThan(0);
    expect(publisher.calls).toHaveLength(2);
  });

  test('from maxParkedKeys on a rejection blocks the lane instead of parking one more key', async () => {
    const { sender, publisher, add, parked } = senderOf({ maxParkedKeys: 1 });
    add(entry(1, { key: 'a' }), entry(2, { key: 'b' }), entry(3));
    sender.send();
    await publisher.last.answer([rejected, rejected, accepted]);
    expect(parked()).toEqual(['m1 rejected']);
    expect(sender.blocked?.envelope.id).toBe('m2');
  });
});

describe('strict keys', () => {
  test('a key waits for the receipt of its last message; others do not wait for it', async () => {
    const { sender, publisher, add } = senderOf({ strictKeys: true, batchSize: 2 });
    add(entry(1, { key: 'a' }), entry(2, { key: 'a' }), entry(3, { key: 'b' }), entry(4), entry(5));
    sender.send();
    expect(publisher.takeIds()).toEqual([
      ['m1', 'm3'],
      ['m4', 'm5'],
    ]);
    await publisher.calls[0]!.accept();
    sender.send();
    expect(publisher.takeIds()).toEqual([['m2']]);
  });

  test('F4.9: with strict keys nothing of a key is published after its rejected message', async () => {
    const { add, drain, parked } = senderOf({ strictKeys: true, batchSize: 10 });
    add(...numbered(1, 5, 'a'), ...numbered(6, 7, 'b'));
    expect(await drain((id) => (id === 'm2' ? rejected : accepted))).toEqual(['m1', 'm6', 'm2', 'm7']);
    expect(parked()).toEqual(['m2 rejected', 'm3 behind', 'm4 behind', 'm5 behind']);
  });

  test('F4.5: with strict keys what got no answer goes again before the rest of its key', async () => {
    const { add, drain } = senderOf({ strictKeys: true });
    add(...numbered(1, 3, 'a'));
    let lost = false;
    const sent = await drain((id) => {
      if (id !== 'm2' || lost) return accepted;
      lost = true;
      return unknown;
    });
    expect(sent).toEqual(['m1', 'm2', 'm2', 'm3']);
  });
});
