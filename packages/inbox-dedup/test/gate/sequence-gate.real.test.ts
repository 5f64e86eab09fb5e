import { type Message, PermanentError, TransientError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { AttemptTracker } from '../../src/inbox/attempt-tracker.ts';
import type { WorkContext } from '../../src/inbox/work.ts';
import type { AttemptStore } from '../../src/store/attempt-store.ts';
import { onEachDatabase } from './each-database.ts';
import { numbered } from './gate-world.ts';

onEachDatabase((world) => {
  test('F5.7: messages in their order are applied at once, each once', async () => {
    const { deliver } = world().process();
    for (const number of [1, 2, 3]) expect(await deliver(numbered(number))).toBe('applied');
    for (const number of [1, 2, 3]) expect(await deliver(numbered(number))).toBe('duplicate');
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(await world().database.query('select 1 from holdfast_inbox_attempt')).toEqual([]);
  });

  test('F5.7: an early message is parked and done with, and its predecessor releases it and those behind it, in order', async () => {
    const { deliver } = world().process();
    for (const number of [3, 2, 5]) expect(await deliver(numbered(number))).toBe('parked');
    expect(await world().numbers()).toEqual([]);
    expect(await deliver(numbered(1))).toBe('applied');
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(await world().parked()).toEqual([5]);
    expect(await deliver(numbered(4))).toBe('applied');
    expect(await world().numbers()).toEqual([1, 2, 3, 4, 5]);
    expect(await world().parked()).toEqual([]);
    expect(world().kinds()).toEqual(['parked', 'parked', 'parked', 'released', 'released', 'released']);
  });

  test('a duplicate of a parked message, and of a released one, changes nothing', async () => {
    const { deliver } = world().process();
    expect(await deliver(numbered(2))).toBe('parked');
    expect(await deliver(numbered(2), { attempt: 2 })).toBe('parked');
    await deliver(numbered(1));
    expect(await deliver(numbered(2), { attempt: 3 })).toBe('duplicate');
    expect(await world().numbers()).toEqual([1, 2]);
    expect(world().kinds()).toEqual(['parked', 'released']);
    expect(await world().database.query('select 1 from holdfast_inbox_attempt')).toEqual([]);
  });

  test('F5.9: copies of a message that is parked or applied are no starts of it', async () => {
    const { attempts } = world().database.store;
    const executor = world().database.runner();
    let starts = 0;
    const counting: AttemptStore = {
      start(...given) {
        starts += 1;
        return attempts.start(...given);
      },
      fail: (...given) => attempts.fail(...given),
      clear: (...given) => attempts.clear(...given),
      quarantined: (...given) => attempts.quarantined(...given),
    };
    const { deliver } = world().process({ attempts: new AttemptTracker({ store: counting, executor }) });
    await deliver(numbered(2), { attempt: 2 });
    await deliver(numbered(2), { attempt: 3 });
    expect(starts).toBe(0);
    await deliver(numbered(1), { attempt: 2 });
    expect(starts).toBe(1);
    await deliver(numbered(1), { attempt: 3 });
    expect(starts).toBe(1);
  });

  test('keys, sources and consumers of one database wait for nobody else', async () => {
    const payment = world().process();
    const stock = world().process({ consumer: 'stock' });
    expect(await payment.deliver(numbered(2))).toBe('parked');
    expect(await payment.deliver(numbered(1, { key: 'other' }))).toBe('applied');
    expect(await payment.deliver(numbered(1, { source: '/shop', id: 's1' }))).toBe('applied');
    expect(await stock.deliver(numbered(1))).toBe('applied');
    expect(await stock.deliver(numbered(2))).toBe('applied');
    expect(await world().numbers()).toEqual([]);
    expect(await world().numbers({ consumer: 'stock' })).toEqual([1, 2]);
    expect((await stock.gate.blocked()).length).toBe(0);
    expect((await payment.gate.blocked()).map(({ next, cause }) => [next, cause])).toEqual([[1n, 'missing']]);
  });

  test('F5.7: a message that is behind and was never applied is dropped and told of', async () => {
    const { deliver } = world().process();
    await deliver(numbered(1));
    expect(await deliver(numbered(1, { id: 'other' }))).toBe('stale');
    expect(world().events).toMatchObject([{ type: 'stale', number: 1n, messageId: 'other' }]);
    expect(await world().numbers()).toEqual([1]);
  });

  test('an id that was applied with another body is an alarm, also when its number is behind', async () => {
    const { deliver } = world().process();
    await deliver(numbered(1));
    await expect(deliver(numbered(1, { body: '{"other":1}' }))).rejects.toMatchObject({ code: 'ERR_INBOX_ID_REUSED' });
  });

  test('another message under the number of a parked one is an alarm, and changes nothing', async () => {
    const { deliver } = world().process();
    await deliver(numbered(2));
    await expect(deliver(numbered(2, { body: '{"other":1}' }))).rejects.toMatchObject({ code: 'ERR_INBOX_ID_REUSED' });
    await expect(deliver(numbered(2, { id: 'other' }))).rejects.toMatchObject({ code: 'ERR_INBOX_SEQUENCE_REUSED' });
    expect(world().kinds()).toEqual(['parked', 'sequence-reused']);
    await deliver(numbered(1));
    expect(await world().ids()).toEqual(['k/1', 'k/2']);
  });

  test('F5.7: a successor that fails for now does not fail its predecessor, stays parked, and is tried again later', async () => {
    const failures = new Map([[2, () => new TransientError('not now')]]);
    const { deliver, gate } = world().failing(failures);
    await deliver(numbered(3));
    await deliver(numbered(2));
    expect(await deliver(numbered(1))).toBe('applied');
    expect(await world().numbers()).toEqual([1]);
    expect(await world().parked()).toEqual([2, 3]);
    expect((await gate.blocked()).map(({ next, cause, reason, waiting }) => [next, cause, reason, waiting])).toEqual([
      [2n, 'retrying', 'TransientError [ERR_CORE_TRANSIENT]: not now', 1],
    ]);
    await world().database.elapse(3_600_000);
    expect(await gate.releaseReady()).toBe(0);
    expect(await gate.releaseReady()).toBe(0);
    failures.clear();
    await world().database.elapse(3_600_000);
    expect(await gate.releaseReady()).toBe(2);
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(world().kinds()).toEqual(['parked', 'parked', 'release-failed', 'release-failed', 'released', 'released']);
    expect(await world().database.query('select 1 from holdfast_inbox_attempt')).toEqual([]);
  });

  test('while a failed successor waits for its next try, nobody tries it', async () => {
    const failures = new Map([[2, () => new TransientError('not now')]]);
    const { transactions } = world().process();
    let tries = 0;
    const work = async () => {
      tries += 1;
      if (tries > 1 && failures.size > 0) throw new TransientError('not now');
    };
    const { deliver, gate } = world().process({ transactions, work });
    await deliver(numbered(2));
    await deliver(numbered(1));
    expect(tries).toBe(2);
    expect(await gate.releaseReady()).toBe(0);
    await deliver(numbered(3));
    expect(tries).toBe(2);
  });

  test('F5.7: a successor that fails for good blocks its key, visibly, and nothing passes it', async () => {
    const { deliver, gate } = world().failing(new Map([[2, () => new PermanentError('no such account')]]));
    for (const number of [4, 3, 2]) await deliver(numbered(number));
    expect(await deliver(numbered(1))).toBe('applied');
    expect(await gate.blocked()).toMatchObject([{ next: 2n, cause: 'failed' }]);
    await world().database.elapse(3_600_000);
    expect(await gate.releaseReady()).toBe(0);
    expect(await deliver(numbered(2))).toBe('parked');
    expect(await world().numbers()).toEqual([1]);
    const [blocked, ...others] = await gate.blocked();
    expect(others).toEqual([]);
    expect(blocked).toMatchObject({
      next: 2n,
      cause: 'failed',
      id: 'k/2',
      type: 'order.changed',
      waiting: 2,
      last: 4n,
    });
    expect(blocked?.reason).toContain('no such account');
    expect(world().events.filter(({ type }) => type === 'key-blocked')).toMatchObject([
      { number: 2n, messageId: 'k/2' },
    ]);
  });

  test('F5.7: a message whose turn it is and that fails for good is kept, and its successors wait', async () => {
    const { deliver, gate } = world().failing(new Map([[1, () => new PermanentError('no')]]));
    expect(await deliver(numbered(1))).toBe('parked');
    expect(await deliver(numbered(2))).toBe('parked');
    expect(await world().numbers()).toEqual([]);
    expect(await gate.blocked()).toMatchObject([{ next: 1n, cause: 'failed', waiting: 1 }]);
    expect(world().kinds()).toEqual(['key-blocked', 'parked']);
  });

  test('a message whose turn it is and that fails for now is left to the broker', async () => {
    const failures = new Map([[1, () => new TransientError('not now')]]);
    const { deliver } = world().failing(failures);
    await expect(deliver(numbered(1))).rejects.toThrow('not now');
    expect(await deliver(numbered(2))).toBe('parked');
    failures.clear();
    expect(await deliver(numbered(1), { attempt: 2 })).toBe('applied');
    expect(await world().numbers()).toEqual([1, 2]);
    expect(await world().database.query('select 1 from holdfast_inbox_attempt')).toEqual([]);
  });

  test('a work in two steps prepares only when its turn has come, outside of the transaction, and not again for a duplicate', async () => {
    const prepared: string[] = [];
    const { transactions } = world().process();
    const writes = world().writing(transactions);
    const { deliver } = world().process({
      transactions,
      work: {
        async prepare({ id }) {
          // Would wait for itself inside of a transaction of SQLite.
          await transactions.execute({ text: 'select 1', values: [] });
          prepared.push(id);
          return id;
        },
        async apply(message: Message, context: WorkContext<unknown> & { readonly prepared: unknown }) {
          expect(context.prepared).toBe(message.id);
          await writes(message, context);
        },
      },
    });
    await deliver(numbered(2));
    expect(prepared).toEqual([]);
    await deliver(numbered(1));
    await deliver(numbered(1));
    await deliver(numbered(2));
    expect(prepared).toEqual(['k/1', 'k/2']);
    expect(await world().numbers()).toEqual([1, 2]);
  });

  test('with "any", a sequence begins with the number that comes first, and that one stays first when it fails', async () => {
    const failures = new Map([[7, () => new TransientError('not now')]]);
    const { transactions } = world().process();
    const writes = world().writing(transactions);
    const { deliver } = world().process({
      transactions,
      gates: { order: { mode: 'in-order', start: 'any' } },
      work: async (message: Message, context: WorkContext<unknown>) => {
        const failure = failures.get(Number(message.attributes['sequence']));
        if (failure !== undefined) throw failure();
        await writes(message, context);
      },
    });
    await expect(deliver(numbered(7))).rejects.toThrow('not now');
    expect(await deliver(numbered(8))).toBe('parked');
    expect(await deliver(numbered(6))).toBe('stale');
    failures.clear();
    expect(await deliver(numbered(7), { attempt: 2 })).toBe('applied');
    expect(await world().numbers()).toEqual([7, 8]);
  });

  test('F5.7: with "latest", what is older than what was applied is dropped, and gaps are nothing', async () => {
    const { deliver } = world().process({ gates: { order: { mode: 'latest' } } });
    expect(await deliver(numbered(5))).toBe('applied');
    expect(await deliver(numbered(3))).toBe('stale');
    expect(await deliver(numbered(5))).toBe('duplicate');
    expect(await deliver(numbered('9223372036854775807'))).toBe('applied');
    expect((await world().numbers()).slice(0, 1)).toEqual([5]);
    expect(await world().parked()).toEqual([]);
  });

  test('with "latest", a message that fails for good is left to the broker', async () => {
    const { deliver } = world().process({
      gates: { order: { mode: 'latest' } },
      work: () => {
        throw new PermanentError('no');
      },
    });
    await expect(deliver(numbered(1))).rejects.toThrow('no');
    expect(await world().parked()).toEqual([]);
  });

  test('a key parks no more than it may: further messages are left to the broker, the missing one is not', async () => {
    const { deliver } = world().process({ maxParkedPerKey: 2 });
    await deliver(numbered(2));
    await deliver(numbered(3));
    await expect(deliver(numbered(4))).rejects.toMatchObject({
      code: 'ERR_INBOX_TOO_MANY_PARKED',
      failureClass: 'transient',
    });
    expect(await deliver(numbered(3))).toBe('parked');
    expect(await world().parked()).toEqual([2, 3]);
    expect(world().events.at(-1)).toMatchObject({ type: 'too-many-parked', number: 4n, parked: 2 });
    expect(await deliver(numbered(4, { key: 'other' }))).toBe('parked');
    await deliver(numbered(1));
    expect(await deliver(numbered(4))).toBe('applied');
    expect(await world().numbers()).toEqual([1, 2, 3, 4]);
  });
});
