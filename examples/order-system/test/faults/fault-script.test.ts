import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import type { DisturbedSystem } from '../../src/faults/disturbed-system.ts';
import { type FaultEvent, FaultScript, OUTAGE_MS, PATIENCE_MS, SILENCE_MS } from '../../src/faults/fault-script.ts';

/** A system that a test moves by hand, and that writes down what was done to it. */
class TestSystem implements DisturbedSystem {
  readonly done: string[] = [];
  unsent = 0;
  /** The broker has taken a message, and its answer is lost. */
  readonly taken = Promise.withResolvers<void>();
  refusesOutage = false;

  async setAvailable(available: boolean): Promise<void> {
    if (this.refusesOutage) throw new Error('planted');
    this.done.push(available ? 'up' : 'down');
  }

  loseAnswers(): Promise<void> {
    this.done.push('answers lost');
    return this.taken.promise;
  }

  async killRelay(): Promise<void> {
    this.done.push('relay killed');
  }

  async unsentCount(): Promise<number> {
    return this.unsent;
  }
}

function script(orderCount: number) {
  const clock = new ManualClock();
  const system = new TestSystem();
  const events: FaultEvent[] = [];
  const abort = new AbortController();
  const faults = new FaultScript({
    system,
    orderCount,
    onEvent: (event) => events.push(event),
    signal: abort.signal,
    clock,
  });
  return { clock, system, faults, events, abort };
}

test('the transport is down for a second from a third of the orders on', async () => {
  const { clock, system, faults, events } = script(9);
  faults.placed(2);
  expect(faults.ordersUntilNextFault).toBe(1);
  expect(system.done).toEqual([]);
  faults.placed(3);
  expect(system.done).toEqual(['down']);
  faults.placed(5);
  await clock.advance(OUTAGE_MS);
  await faults.settle();
  expect(system.done).toEqual(['down', 'up']);
  expect(events).toEqual([
    { type: 'transport-down' },
    { type: 'transport-up', afterMs: OUTAGE_MS, ordersMeanwhile: 2 },
  ]);
});

test('the outage lasts until at least one order came in meanwhile', async () => {
  const { clock, system, faults } = script(3);
  faults.placed(1);
  await clock.advance(3 * OUTAGE_MS);
  expect(system.done).toEqual(['down']);
  faults.placed(2);
  await clock.advance(100);
  expect(system.done.slice(0, 2)).toEqual(['down', 'up']);
});

test('from two thirds on, answers are lost as soon as the relay sends again, and the last orders wait for that', async () => {
  const { clock, system, faults } = script(9);
  faults.placed(3);
  faults.placed(6);
  system.unsent = 9;
  await clock.advance(OUTAGE_MS + 500);
  expect(system.done).toEqual(['down', 'up']);
  expect(faults.ordersUntilNextFault).toBe(0);
  system.unsent = 8;
  await clock.advance(50);
  expect(system.done.at(-1)).toBe('answers lost');
  expect(faults.ordersUntilNextFault).toBeGreaterThan(9);
});

test('F4.1: the relay is killed some time after the broker took a message whose answer is lost', async () => {
  const { clock, system, faults, events } = script(3);
  faults.placed(1);
  faults.placed(2);
  await clock.advance(OUTAGE_MS + 50);
  system.unsent = 5;
  await clock.advance(10 * SILENCE_MS);
  expect(system.done).toEqual(['down', 'up', 'answers lost']);
  system.taken.resolve();
  await clock.advance(SILENCE_MS - 30);
  expect(system.done.at(-1)).toBe('answers lost');
  await clock.advance(60);
  await faults.settle();
  expect(system.done.at(-1)).toBe('relay killed');
  expect(events.at(-1)).toEqual({ type: 'relay-killed', unaware: true });
  expect(faults.isDone).toBe(true);
});

test('a single order comes during the outage, and its first message is the one without an answer', async () => {
  const { clock, system, faults } = script(1);
  faults.placed(0);
  expect(faults.ordersUntilNextFault).toBeGreaterThan(0);
  faults.placed(1);
  system.unsent = 3;
  await clock.advance(OUTAGE_MS);
  expect(system.done).toEqual(['down', 'up', 'answers lost']);
  system.taken.resolve();
  await clock.advance(SILENCE_MS + 50);
  await faults.settle();
  expect(faults.isDone).toBe(true);
});

test('a kill that leaves no message in doubt is not what was meant, unless none is left to be sent', async () => {
  const quiet = script(3);
  quiet.system.unsent = 1;
  for (const count of [1, 2, 3]) quiet.faults.placed(count);
  await quiet.clock.advance(OUTAGE_MS + 3 * PATIENCE_MS);
  await quiet.faults.settle();
  expect(quiet.system.done.at(-1)).toBe('relay killed');
  expect(quiet.faults.isDone).toBe(false);

  const empty = script(3);
  for (const count of [1, 2, 3]) empty.faults.placed(count);
  await empty.clock.advance(OUTAGE_MS + SILENCE_MS + 100);
  await empty.faults.settle();
  expect(empty.faults.isDone).toBe(true);
});

test('a fault that cannot be caused fails the run', async () => {
  const { system, faults } = script(3);
  system.refusesOutage = true;
  faults.placed(1);
  await expect(faults.settle()).rejects.toThrow('planted');
  expect(faults.isDone).toBe(false);
});

test('a run that is aborted does not wait for its faults, and nobody is killed', async () => {
  const { clock, system, faults, abort } = script(3);
  faults.placed(1);
  faults.placed(2);
  abort.abort();
  await clock.advance(0);
  await faults.settle();
  expect(system.done).toEqual(['down', 'up', 'answers lost']);
  expect(clock.sleeping).toBe(0);
});

test('without orders nothing is disturbed', () => {
  const { faults, events } = script(0);
  faults.placed(0);
  expect(faults.isDone).toBe(true);
  expect(events).toEqual([]);
});
