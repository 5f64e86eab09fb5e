import { OverloadedError, PermanentError, TransientError } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { CommitUnknownError, DatabaseBusyError, DatabaseUnavailableError, type SqlStatement } from '@holdfast/sql';
import { expect, test, vi } from 'vitest';
import { QuarantinedError } from '../../src/errors/quarantined-error.ts';
import { RunGate } from '../../src/inbox/run-gate.ts';
import { attemptWorld, begun, delivery } from './attempt-world.ts';

test('a first delivery that succeeds costs no statement', async () => {
  const world = await attemptWorld();
  const statements: SqlStatement[] = [];
  const executor = {
    execute: (statement: SqlStatement) => {
      statements.push(statement);
      return world.executor.execute(statement);
    },
  };
  const tracker = world.process({ executor });
  expect(await tracker.run(delivery('m1', 1), async (isCounted) => isCounted)).toBe(false);
  expect(statements).toEqual([]);
});

test('a start is committed before the work begins', async () => {
  const world = await attemptWorld();
  const seen = await world.process().run(delivery('m1', 2), async (isCounted) => ({ isCounted, rows: world.rows() }));
  expect(seen).toEqual({ isCounted: true, rows: [{ id: 'm1', unfinished: 2, failures: 0, error: null }] });
});

test('F5.9: a message whose process ends each time is started three times, the last time alone, then quarantined', async () => {
  const world = await attemptWorld();
  await begun(world.process(), delivery('poison', 1));
  await begun(world.process(), delivery('poison', 2));
  const last = world.process();
  await begun(last, delivery('poison', 3));
  const work = vi.fn(async () => {});
  const beside = last.run(delivery('other', 1), work);
  await expect(world.process().run(delivery('poison', 4), work)).rejects.toThrow(QuarantinedError);
  await expect(world.process().run(delivery('poison', 5), work)).rejects.toMatchObject({
    code: 'ERR_INBOX_QUARANTINED',
    failureClass: 'permanent',
    unfinished: 3,
  });
  expect(work).not.toHaveBeenCalled();
  expect(world.quarantined.map(({ id, unfinished }) => [id, unfinished])).toEqual([['poison', 3]]);
  expect(await Promise.race([beside, Promise.resolve('waits')])).toBe('waits');
});

test('F5.9: neighbours that a poison message takes along are never quarantined', async () => {
  const world = await attemptWorld();
  const neighbours = Array.from({ length: 8 }, (_, index) => `innocent ${index}`);
  const applied = new Set<string>();
  // A process gets everything that is left; it dies when the work of the poison message begins.
  const live = async (attempt: number): Promise<'died' | 'ended'> => {
    const tracker = world.process();
    let died = () => {};
    const death = new Promise<'died'>((resolve) => {
      died = () => resolve('died');
    });
    let isDead = false;
    const left = [...neighbours.slice(0, 4), 'poison', ...neighbours.slice(4)].filter((id) => !applied.has(id));
    const runs = left.map(async (id) =>
      tracker.run(delivery(id, attempt), async (isCounted) => {
        if (id === 'poison') {
          isDead = true;
          died();
        }
        // Its neighbours are in the middle of their work by then.
        await new Promise((resolve) => setImmediate(resolve));
        if (isDead) await new Promise(() => {});
        if (isCounted) await tracker.clear(world.executor, [delivery(id, attempt).identity]);
        applied.add(id);
      }),
    );
    return Promise.race([death, Promise.allSettled(runs).then(() => 'ended' as const)]);
  };
  let lives = 0;
  while ((await live(lives + 1)) === 'died') lives += 1;
  expect(lives).toBe(3);
  expect(world.quarantined.map(({ id }) => id)).toEqual(['poison']);
  expect([...applied].sort()).toEqual(neighbours);
});

test('F5.9: a message that comes again and again while it runs in this process is slow, not poison', async () => {
  const world = await attemptWorld();
  const [one, other] = [world.process(), world.process()];
  await begun(one, delivery('slow', 1));
  await begun(other, delivery('slow', 2));
  for (const attempt of [3, 4, 5, 6, 7]) {
    const isCounted = await (attempt % 2 === 0 ? other : one).run(
      delivery('slow', attempt),
      async (counted) => counted,
    );
    expect(isCounted).toBe(false);
  }
  expect(world.quarantined).toEqual([]);
  expect(world.rows()).toEqual([{ id: 'slow', unfinished: 2, failures: 0, error: null }]);
});

test('F5.9: a message that has ended here is counted when it comes again, also when another one runs', async () => {
  const world = await attemptWorld();
  const process = world.process();
  await begun(process, delivery('other', 2));
  await expect(process.run(delivery('m1', 2), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await process.run(delivery('m1', 3), async (isCounted) => isCounted)).toBe(true);
});

test('every start is counted, the first one too, where the transport does not tell', async () => {
  const world = await attemptWorld();
  const options = { countStarts: 'always', maxUnfinished: 2 } as const;
  await begun(world.process(options), delivery('m1', 1));
  await begun(world.process(options), delivery('m1', 1));
  await expect(world.process(options).run(delivery('m1', 1), async () => {})).rejects.toThrow(QuarantinedError);
});

test('a work that throws fails with its own error, and is counted with a summary', async () => {
  const world = await attemptWorld();
  const tracker = world.process();
  for (const attempt of [1, 2, 3, 4, 5, 6]) {
    const failing = tracker.run(delivery('m1', attempt), () => Promise.reject(new PermanentError('no such product')));
    await expect(failing).rejects.toThrow('no such product');
  }
  expect(world.rows()).toEqual([
    { id: 'm1', unfinished: 0, failures: 6, error: 'PermanentError [ERR_CORE_PERMANENT]: no such product' },
  ]);
  expect(world.quarantined).toEqual([]);
});

test.each([
  ['an overload', new OverloadedError('429')],
  ['a provider that cannot be reached', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ['a database that is away', new DatabaseUnavailableError('connect')],
  ['a commit that may have happened', new CommitUnknownError()],
])('%s counts no failure, and needs no row for a first delivery', async (_, error) => {
  const world = await attemptWorld();
  const tracker = world.process();
  await expect(tracker.run(delivery('m1', 1), () => Promise.reject(error))).rejects.toBe(error);
  expect(world.rows()).toEqual([]);
  await expect(tracker.run(delivery('m1', 2), () => Promise.reject(error))).rejects.toBe(error);
  expect(world.rows()).toMatchObject([{ unfinished: 1, failures: 0 }]);
});

test('a work that is aborted counts no failure', async () => {
  const world = await attemptWorld();
  const controller = new AbortController();
  const run = world.process().run(delivery('m1', 2, controller.signal), async () => {
    controller.abort(new Error('the consumer stops'));
    throw controller.signal.reason;
  });
  await expect(run).rejects.toThrow('the consumer stops');
  expect(world.rows()).toMatchObject([{ unfinished: 1, failures: 0 }]);
});

test('a failure that cannot be recorded is told, and does not hide the error of the work', async () => {
  const world = await attemptWorld();
  const executor = { execute: () => Promise.reject(new DatabaseUnavailableError('connect')) };
  const tracker = world.process({ executor });
  await expect(tracker.run(delivery('m1', 1), () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  expect(world.unrecorded).toHaveLength(1);
});

test('a start whose answer is lost counts nothing: nothing was started', async () => {
  const world = await attemptWorld();
  let isLost = false;
  const executor = {
    execute: async (statement: SqlStatement) => {
      const result = await world.executor.execute(statement);
      if (!isLost) {
        isLost = true;
        throw new DatabaseUnavailableError('insert into');
      }
      return result;
    },
  };
  const work = vi.fn(async () => {});
  await expect(world.process({ executor }).run(delivery('m1', 2), work)).rejects.toThrow(DatabaseUnavailableError);
  expect(work).not.toHaveBeenCalled();
  expect(world.rows()).toMatchObject([{ unfinished: 1, failures: 0 }]);
});

test('a start that was refused for sure is not taken back', async () => {
  const world = await attemptWorld();
  await begun(world.process(), delivery('m1', 2));
  const executor = { execute: () => Promise.reject(new DatabaseBusyError('insert into')) };
  await expect(world.process({ executor }).run(delivery('m1', 3), async () => {})).rejects.toThrow(DatabaseBusyError);
  expect(world.rows()).toMatchObject([{ unfinished: 2 }]);
});

test('one that waits to be alone gives up with its signal, uncounted, and others go on', async () => {
  const world = await attemptWorld();
  await begun(world.process(), delivery('m1', 2));
  const tracker = world.process();
  let finish = () => {};
  const running = tracker.run(
    delivery('long', 1),
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  const controller = new AbortController();
  const waiting = tracker.run(delivery('m1', 3, controller.signal), async () => {});
  // It holds back those behind it as soon as it waits.
  await vi.waitFor(async () => {
    const probe = tracker.runUncounted(AbortSignal.timeout(5), async () => 'in');
    await expect(probe).rejects.toThrow();
  });
  controller.abort(new Error('the consumer stops'));
  await expect(waiting).rejects.toThrow('the consumer stops');
  expect(world.rows()).toMatchObject([{ id: 'm1', unfinished: 2, failures: 0 }]);
  expect(await tracker.runUncounted(new AbortController().signal, async () => 'in')).toBe('in');
  finish();
  await running;
});

test('F5.9: inboxes of one process that share a gate keep a last try apart from the works of the others', async () => {
  const world = await attemptWorld();
  await begun(world.process(), delivery('m1', 2));
  const runGate = new RunGate();
  const [payment, stock] = [world.process({ runGate }), world.process({ runGate })];
  await begun(payment, delivery('m1', 3));
  const beside = stock.runUncounted(AbortSignal.timeout(20), async () => 'in');
  await expect(beside).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('a work that never ends does not keep the others from going on behind a last try', async () => {
  const world = await attemptWorld();
  await begun(world.process(), delivery('m1', 2));
  const clock = new ManualClock();
  const tracker = world.process({ clock });
  await begun(tracker, delivery('hung', 1));
  const work = vi.fn(async () => {});
  const handedBack = expect(tracker.run(delivery('m1', 3), work)).rejects.toThrow(TransientError);
  await vi.waitFor(() => expect(clock.sleeping).toBe(1));
  const behind = tracker.run(delivery('other', 1), async () => 'applied');
  await clock.advance(30_000);
  await handedBack;
  expect(await behind).toBe('applied');
  expect(work).not.toHaveBeenCalled();
  expect(world.rows()).toMatchObject([{ id: 'm1', unfinished: 2, failures: 0 }]);
});

test('attempts are forgotten in the transaction that applies the message, or not at all', async () => {
  const world = await attemptWorld();
  const tracker = world.process();
  const one = delivery('m1', 2);
  const clear = (end: () => void) => () =>
    world.executor.transaction(async (tx) => {
      await tracker.clear(world.executor.executor(tx), [one.identity]);
      end();
    });
  const failing = tracker.run(
    one,
    clear(() => {
      throw new Error('no');
    }),
  );
  await expect(failing).rejects.toThrow('no');
  expect(world.rows()).toMatchObject([{ unfinished: 1, failures: 1 }]);
  await tracker.run(
    one,
    clear(() => {}),
  );
  expect(world.rows()).toEqual([]);
});

test.each([0, 1, 1.5, 1_001])('maxUnfinished %d is refused', async (maxUnfinished) => {
  const world = await attemptWorld();
  expect(() => world.process({ maxUnfinished })).toThrow('maxUnfinished');
});
