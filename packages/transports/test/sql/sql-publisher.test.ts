import type { Envelope } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import type { StatementOutcome } from '../../src/sql/database-failure.ts';
import { SqlPublisher } from '../../src/sql/publishing/sql-publisher.ts';
import type { Appended } from '../../src/sql/store/message-log.ts';
import { envelope, envelopes } from '../envelopes.ts';

const nothing: Appended = { unrouted: [], queues: [1] };

/** A log whose appends are answered by hand. */
class ManualLog {
  readonly calls: string[][] = [];
  readonly woken: number[] = [];
  outcome: StatementOutcome = 'unknown';
  prepare: () => Promise<void> = async () => {};
  readonly publisher = new SqlPublisher({
    prepare: () => this.prepare(),
    append: (batch) => this.#append(batch),
    maxMessageBytes: 100,
    outcomeOf: () => this.outcome,
    onAppended: (queues) => this.woken.push(...queues),
  });
  #answers: PromiseWithResolvers<Appended>[] = [];
  #called = Promise.withResolvers<void>();

  /** Resolves when the next append is on its way. */
  async appending(): Promise<PromiseWithResolvers<Appended>> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      await this.#called.promise;
    }
  }

  #append(batch: readonly Envelope[]): Promise<Appended> {
    this.calls.push(batch.map(({ id }) => id));
    const answer = Promise.withResolvers<Appended>();
    this.#answers.push(answer);
    this.#called.resolve();
    this.#called = Promise.withResolvers();
    return answer.promise;
  }
}

async function outcomesOf(receipts: ReturnType<SqlPublisher['publish']>): Promise<string[]> {
  return (await receipts).map(({ outcome }) => outcome);
}

describe('SqlPublisher', () => {
  test('calls of one turn go in one statement, and what comes while it is on its way goes in the next one', async () => {
    const log = new ManualLog();
    const first = [log.publisher.publish([envelope('a')]), log.publisher.publish([envelope('b'), envelope('c')])];
    const one = await log.appending();
    const second = [log.publisher.publish([envelope('d')]), log.publisher.publish([envelope('e')])];
    one.resolve(nothing);
    (await log.appending()).resolve(nothing);
    expect(await Promise.all([...first, ...second].map(outcomesOf))).toEqual([
      ['accepted'],
      ['accepted', 'accepted'],
      ['accepted'],
      ['accepted'],
    ]);
    expect(log.calls).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
    expect(log.woken).toEqual([1, 1]);
  });

  test('a statement carries 1,000 messages at most, in the order of the calls', async () => {
    const log = new ManualLog();
    const receipts = log.publisher.publish(envelopes(2_500));
    for (let call = 0; call < 3; call += 1) (await log.appending()).resolve(nothing);
    await receipts;
    expect(log.calls.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
    expect(log.calls.flat()).toEqual(envelopes(2_500).map(({ id }) => id));
  });

  test('unroutable, too large and malformed messages are rejected alone', async () => {
    const log = new ManualLog();
    const receipts = log.publisher.publish([
      envelope('fine'),
      envelope('large', { body: new Uint8Array(101) }),
      envelope('nobody'),
      envelope('nul', { key: 'a\0b' }),
      envelope('lone', { key: '\ud800' }),
    ]);
    (await log.appending()).resolve({ unrouted: [1], queues: [1] });
    expect(await receipts).toEqual([
      { outcome: 'accepted' },
      { outcome: 'rejected', reason: 'The body has 101 bytes, the limit is 100.' },
      { outcome: 'rejected', reason: 'No queue binds type "order.placed".' },
      { outcome: 'rejected', reason: 'The key has a NUL or a lone surrogate.' },
      { outcome: 'rejected', reason: 'The key has a NUL or a lone surrogate.' },
    ]);
    expect(log.calls).toEqual([['fine', 'nobody']]);
  });

  test('what the database refuses is found by halving, and only that is rejected', async () => {
    const calls: string[][] = [];
    const publisher = new SqlPublisher({
      prepare: async () => {},
      append: async (batch) => {
        const ids = batch.map(({ id }) => id);
        calls.push(ids);
        if (ids.includes('m5')) throw new Error('invalid');
        return nothing;
      },
      maxMessageBytes: 100,
      outcomeOf: () => 'refused',
      onAppended: () => {},
    });
    const outcomes = await outcomesOf(publisher.publish(envelopes(8)));
    expect(outcomes).toEqual(envelopes(8).map(({ id }) => (id === 'm5' ? 'rejected' : 'accepted')));
    expect(calls.map(({ length }) => length)).toEqual([8, 4, 4, 2, 1, 1, 2]);
  });

  test('F4.5: after an unknown outcome no message of the same key is taken that was handed in before its receipt', async () => {
    const log = new ManualLog();
    const failed = log.publisher.publish([envelope('a0', { key: 'a' })]);
    const answer = await log.appending();
    const waiting = log.publisher.publish([
      envelope('a1', { key: 'a' }),
      envelope('b0', { key: 'b' }),
      envelope('free'),
    ]);
    answer.reject(new Error('lost'));
    const next = await log.appending();
    // The receipt of a1 is not given yet: its call has others that wait.
    const late = log.publisher.publish([envelope('a2', { key: 'a' })]);
    next.resolve(nothing);
    expect(await outcomesOf(failed)).toEqual(['unknown']);
    expect(await outcomesOf(waiting)).toEqual(['unavailable', 'accepted', 'accepted']);
    expect(await outcomesOf(late)).toEqual(['unavailable']);
    const again = log.publisher.publish([envelope('a0', { key: 'a' })]);
    (await log.appending()).resolve(nothing);
    expect(await outcomesOf(again)).toEqual(['accepted']);
    expect(log.calls).toEqual([['a0'], ['b0', 'free'], ['a0']]);
  });

  test('aborting a call makes what was sent unknown and what was not unavailable, with what follows of its keys', async () => {
    const log = new ManualLog();
    const controller = new AbortController();
    const { signal } = controller;
    const sent = log.publisher.publish([envelope('a0', { key: 'a' })], { signal });
    const together = log.publisher.publish([envelope('a1', { key: 'a' }), envelope('b0', { key: 'b' })]);
    const answer = await log.appending();
    const unsent = log.publisher.publish([envelope('c0', { key: 'c' })], { signal });
    controller.abort();
    expect(await outcomesOf(sent)).toEqual(['unknown']);
    expect(await outcomesOf(unsent)).toEqual(['unavailable']);
    answer.resolve(nothing);
    expect(await outcomesOf(together)).toEqual(['unknown', 'accepted']);
    expect(log.calls).toEqual([['a0', 'a1', 'b0']]);
  });

  test('closing gives every missing receipt at once, and later calls are unavailable', async () => {
    const log = new ManualLog();
    const sent = log.publisher.publish([envelope('a')]);
    const answer = await log.appending();
    const unsent = log.publisher.publish([envelope('b')]);
    const closing = log.publisher.close();
    expect(await outcomesOf(sent)).toEqual(['unknown']);
    expect(await outcomesOf(unsent)).toEqual(['unavailable']);
    answer.resolve(nothing);
    await closing;
    expect(await outcomesOf(log.publisher.publish([envelope('c')]))).toEqual(['unavailable']);
    expect(log.calls).toEqual([['a']]);
  });

  test('what fails before anything is sent is unavailable', async () => {
    const log = new ManualLog();
    log.prepare = async () => {
      throw new Error('the tables are missing');
    };
    const [receipt] = await log.publisher.publish([envelope('a')]);
    expect(receipt).toEqual({ outcome: 'unavailable', reason: 'Error: the tables are missing' });
    expect(log.calls).toEqual([]);
  });
});
