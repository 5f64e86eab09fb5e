import { setImmediate } from 'node:timers/promises';
import { type Envelope, TransientError } from '@holdfast/core';
import { SeededRandom } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { onEachDatabase } from './each-database.ts';
import { type GateProcess, type GateWorld, numbered, whileBusy } from './gate-world.ts';

const KEYS = ['a', 'b', 'c'];
const MESSAGES = 30;
const PROCESSES = 6;
/** Far more than works that fail now and then need. */
const MAX_ATTEMPTS = 200;

/** Each message up to three times, in any order. */
function deliveries(random: SeededRandom): Envelope[] {
  const all = KEYS.flatMap((key) =>
    Array.from({ length: MESSAGES }, (_, index) => numbered(index + 1, { key })).flatMap((envelope) =>
      Array.from({ length: 1 + Math.floor(random.next() * 3) }, () => envelope),
    ),
  );
  for (let index = all.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random.next() * (index + 1));
    [all[index], all[other]] = [all[other] as Envelope, all[index] as Envelope];
  }
  return all;
}

/** A process whose work fails now and then, after it has written. */
function flaky(world: GateWorld, random: SeededRandom): GateProcess {
  const transactions = world.database.runner();
  const writes = world.writing(transactions);
  const retry = { retryBaseMs: 1, retryMaxMs: 1 };
  return world.process({
    ...retry,
    transactions,
    work: async (message, context) => {
      if (random.next() < 0.3) await setImmediate();
      await writes(message, context);
      if (random.next() < 0.15) throw new TransientError('not now');
    },
  });
}

/** Takes deliveries until there are none; what fails goes back to the end. */
async function consume({ deliver, gate }: GateProcess, queue: Envelope[], random: SeededRandom): Promise<void> {
  const attempts = new Map<Envelope, number>();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const envelope = next;
    const attempt = (attempts.get(envelope) ?? 0) + 1;
    attempts.set(envelope, attempt);
    try {
      await whileBusy(() => deliver(envelope, { attempt }));
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
      queue.push(envelope);
    }
    if (random.next() < 0.2) await whileBusy(() => gate.releaseReady());
  }
}

onEachDatabase((world) => {
  test.each([1, 2, 3])(
    'F5.7: duplicates in any order on many connections, with works that fail: applied 1 to N per key, each once (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const queue = deliveries(random);
      const processes = Array.from({ length: PROCESSES }, () => flaky(world(), random));
      await Promise.all(processes.map((process) => consume(process, queue, random)));
      const [one] = processes;
      await expect
        .poll(
          async () => {
            await world().database.elapse(60_000);
            await whileBusy(() => one?.gate.releaseReady() ?? Promise.resolve(0));
            return world().parked();
          },
          { timeout: 20_000, interval: 1 },
        )
        .toEqual([]);
      const expected = Array.from({ length: MESSAGES }, (_, index) => index + 1);
      for (const key of KEYS) expect(await world().numbers({ key })).toEqual(expected);
      expect(await world().database.query('select 1 from holdfast_inbox_sequence where parked <> 0')).toEqual([]);
    },
  );

  test('F5.7: n and n+1 at the same time on two connections are both applied, in order', async () => {
    const first = world().process();
    const second = world().process();
    for (let number = 1; number < 40; number += 2) {
      const [one, two] = number % 4 === 1 ? [first, second] : [second, first];
      await Promise.all([
        whileBusy(() => two.deliver(numbered(number + 1))),
        whileBusy(() => one.deliver(numbered(number))),
        whileBusy(() => two.deliver(numbered(number))),
      ]);
    }
    expect(await world().numbers()).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(await world().parked()).toEqual([]);
  });
});
