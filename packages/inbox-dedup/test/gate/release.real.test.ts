import { expect, test } from 'vitest';
import { onEachDatabase } from './each-database.ts';
import { numbered } from './gate-world.ts';

onEachDatabase((world) => {
  /** 1 is applied, 2 and 3 are parked and ready, and the process that should have released them is gone. */
  async function afterCrash() {
    const before = world().process();
    await before.deliver(numbered(3));
    await before.deliver(numbered(2));
    expect(await world().dying(1).deliver(numbered(1))).toBe('applied');
    expect(await world().numbers()).toEqual([1]);
    expect(world().kinds()).toEqual(['parked', 'parked', 'release-interrupted']);
    return before;
  }

  test('F5.7: what a crash left between predecessor and successor is released by releaseReady', async () => {
    const { gate } = await afterCrash();
    expect(await gate.releaseReady()).toBe(2);
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(await gate.releaseReady()).toBe(0);
  });

  test('F5.7: … by the redelivery of the predecessor, which was not acknowledged', async () => {
    await afterCrash();
    expect(await world().process().deliver(numbered(1), { attempt: 2 })).toBe('duplicate');
    expect(await world().numbers()).toEqual([1, 2, 3]);
  });

  test('F5.7: … and by the next message of the key, early or a duplicate of a parked one', async () => {
    await afterCrash();
    expect(await world().process().deliver(numbered(5))).toBe('parked');
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(await world().parked()).toEqual([5]);
  });

  test('a process that knows no work for a parked message leaves it to those that do', async () => {
    await afterCrash();
    const ignorant = world().process();
    expect(await ignorant.gate.releaseReady()).toBe(0);
    await ignorant.deliver(numbered(1, { key: 'other', type: 'another' }));
    expect(await ignorant.gate.releaseReady()).toBe(0);
    const { transactions } = ignorant;
    const work = world().writing(transactions);
    const declared = world().process({ transactions, gates: { order: { mode: 'in-order', work } } });
    expect(await declared.gate.releaseReady()).toBe(2);
    expect(await world().numbers()).toEqual([1, 2, 3]);
  });

  test('each parked message is released with the work of its own type', async () => {
    const seen: string[] = [];
    const { deliver } = world().process();
    const work = (name: string) => ({
      work: (message: { readonly type: string }) => void seen.push(`${name} ${message.type}`),
    });
    await deliver(numbered(2, { type: 'b' }), work('B'));
    await deliver(numbered(3, { type: 'a' }), work('A'));
    await deliver(numbered(1, { type: 'a' }), work('A'));
    expect(seen).toEqual(['A a', 'B b', 'A a']);
  });

  test('F5.7: a parked tail longer than what one call releases is released to its end', async () => {
    const { deliver, gate } = world().process();
    for (let number = 205; number > 1; number -= 1) await deliver(numbered(number));
    await deliver(numbered(1));
    expect(await world().numbers()).toHaveLength(101);
    while ((await gate.releaseReady()) > 0);
    expect(await world().numbers()).toEqual(Array.from({ length: 205 }, (_, index) => index + 1));
    expect(await world().parked()).toEqual([]);
  });

  test('F5.9: a parked message that ends its process each time is blocked as failed, by its starts', async () => {
    await afterCrash();
    const begun = { now: () => {} };
    const dying = () => world().process({ gates: { order: { mode: 'in-order', work: dies } } });
    const dies = {
      prepare: () =>
        new Promise(() => {
          begun.now();
        }),
      apply: () => {},
    };
    // Its delivery was not counted, but may have started it: two more starts make three.
    for (let start = 0; start < 2; start += 1) {
      await new Promise<void>((resolve) => {
        begun.now = resolve;
        void dying().gate.releaseReady();
      });
      await world().database.elapse(3_600_000);
    }
    const { gate } = dying();
    expect(await gate.releaseReady()).toBe(0);
    const [blocked] = await gate.blocked();
    expect(blocked).toMatchObject({ next: 2n, cause: 'failed', waiting: 1 });
    expect(blocked?.reason).toContain('ERR_INBOX_QUARANTINED');
  });

  test('while one process tries a parked message again, no other one starts it', async () => {
    await afterCrash();
    let starts = 0;
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const work = {
      async prepare() {
        starts += 1;
        begin();
        await finished;
      },
      apply: () => {},
    };
    const process = () => world().process({ gates: { order: { mode: 'in-order', work } } });
    const first = process().gate.releaseReady();
    await begun;
    for (let other = 0; other < 4; other += 1) expect(await process().gate.releaseReady()).toBe(0);
    expect(starts).toBe(1);
    finish();
    expect(await first).toBe(2);
  });

  test('an abort keeps the message that was being released, and it is due at once', async () => {
    await afterCrash();
    const stop = new AbortController();
    const stopped = world().process({
      gates: {
        order: {
          mode: 'in-order',
          work: () => {
            stop.abort(new Error('stopping'));
          },
        },
      },
    });
    expect(await stopped.gate.releaseReady({ signal: stop.signal })).toBe(0);
    expect(await world().numbers()).toEqual([1]);
    const { transactions } = world().process();
    const work = world().writing(transactions);
    const after = world().process({ transactions, gates: { order: { mode: 'in-order', work } } });
    expect(await after.gate.releaseReady()).toBe(2);
    expect(await world().numbers()).toEqual([1, 2, 3]);
  });

  test('F3.7: a commit whose answer is lost, of a message, of a parked one or of a released one, is found to have happened', async () => {
    const { deliver } = world().losingAnswers(1, 3, 5);
    expect(await deliver(numbered(3))).toBe('parked');
    expect(await deliver(numbered(1))).toBe('applied');
    expect(await deliver(numbered(2))).toBe('applied');
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(await world().parked()).toEqual([]);
  });

  test('F3.7: a released message whose commit was not learned is told of once', async () => {
    const { deliver } = world().losingAnswers(4);
    for (const number of [3, 2, 1]) await deliver(numbered(number));
    expect(await world().numbers()).toEqual([1, 2, 3]);
    expect(world().kinds()).toEqual(['parked', 'parked', 'released', 'released']);
  });
});
