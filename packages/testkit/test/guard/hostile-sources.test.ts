import crypto from 'node:crypto';
import workerThreads from 'node:worker_threads';
import { expect, test } from 'vitest';
import { inProcess } from './in-process.ts';

const numbers = () => {
  const timer = setTimeout(() => {}, 5);
  const number = Number(timer);
  clearTimeout(String(number));
  return number;
};
const options = { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'short' } as const;

/** What would be another value in each run, if it were Node's. */
const sources: Record<string, () => unknown> = {
  'the constructor of a date': () => Reflect.construct(new Date().constructor, []).getTime(),
  'a format without a date': () => new Intl.DateTimeFormat('en', options).format(),
  'parts of a format without a date': () =>
    new Intl.DateTimeFormat('en', options)
      .formatToParts()
      .map(({ value }) => value)
      .join(''),
  'a mark': () => performance.mark('here').startTime,
  'a measure': () => performance.measure('from the start').duration,
  'the number of a timer': numbers,
  'other names of randomBytes': () =>
    ['pseudoRandomBytes', 'prng', 'rng'].map((name) => Reflect.get(crypto, name)?.(8).toString('hex')).join(),
  'a UUID of version 7': () => Reflect.get(crypto, 'randomUUIDv7')?.() ?? 'not in this Node',
  'elements of an array': () => crypto.randomFillSync(new Uint32Array(4), 2, 1).join(),
};

test.each(Object.entries(sources))('%s comes from the run, in each run the same', async (_, read) => {
  const [one, other] = [await inProcess(read, { strict: true }), await inProcess(read)];
  expect(one.problems).toEqual([]);
  expect(one.result).toBeDefined();
  expect(other.result).toEqual(one.result);
});

test('dates without a value are those of virtual time, whichever way they are asked for', async () => {
  const { result } = await inProcess(() => [
    sources['a format without a date']?.(),
    String(Reflect.construct(new Date().constructor, []).getUTCFullYear()),
    new Date().constructor === Date,
    crypto.randomFillSync(new Uint32Array(4), 2, 1).map((word) => (word === 0 ? 0 : 1)),
  ]);
  expect(result).toEqual(['1/15/27, 8:00 AM', '2027', true, Uint32Array.of(0, 0, 1, 0)]);
  expect(Reflect.construct(new Date().constructor, []).getUTCFullYear()).toBeLessThan(2027);
});

test('channels, whose messages come when the event loop of Node says, are refused', async () => {
  for (const Channel of [MessageChannel, workerThreads.MessageChannel]) {
    const { port1, port2 } = new Channel();
    port1.close();
    port2.close();
  }
  for (const open of [() => new MessageChannel(), () => new workerThreads.MessageChannel()]) {
    const { problems } = await inProcess(open);
    expect(problems.join()).toContain('MessageChannel');
  }
});

test('what a simulated process listens to on "process" ends with it', async () => {
  const before = process.rawListeners('SIGTERM');
  let within = 0;
  const { problems } = await inProcess(() => {
    process.on('SIGTERM', () => {});
    process.once('SIGTERM', () => {});
    within = process.listenerCount('SIGTERM');
  });
  expect(problems).toEqual([]);
  expect(within).toBe(before.length + 2);
  expect(process.rawListeners('SIGTERM')).toEqual(before);
  expect(Object.hasOwn(process, 'on')).toBe(false);
});
