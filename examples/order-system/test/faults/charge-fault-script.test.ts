import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import {
  type ChargeFaultEvent,
  ChargeFaultScript,
  PATIENCE_MS,
  SILENCE_MS,
} from '../../src/faults/charge-fault-script.ts';
import type { ChargingSystem } from '../../src/faults/charging-system.ts';

/** A system that a test moves by hand, and that writes down what was done to it. */
class TestSystem implements ChargingSystem {
  readonly done: string[] = [];
  readonly charged = Promise.withResolvers<void>();
  paying = 0;
  unpaid = 0;
  refusesKill = false;

  withholdAnswers(): Promise<void> {
    this.done.push('answers withheld');
    return this.charged.promise;
  }

  async killProvider(): Promise<void> {
    if (this.refusesKill) throw new Error('planted');
    this.done.push('provider killed');
  }

  async killPayment(): Promise<void> {
    this.done.push('payment killed');
  }

  payingCount(): number {
    return this.paying;
  }

  unpaidCount(): number {
    return this.unpaid;
  }
}

function script(orderCount: number) {
  const clock = new ManualClock();
  const system = new TestSystem();
  const events: ChargeFaultEvent[] = [];
  const abort = new AbortController();
  const onEvent = (event: ChargeFaultEvent) => events.push(event);
  const faults = new ChargeFaultScript({ system, orderCount, onEvent, signal: abort.signal, clock });
  return { clock, system, faults, events, abort };
}

test('F6.3: at half of the orders the provider is killed, some time after it charged and told nobody', async () => {
  const { clock, system, faults, events } = script(6);
  system.unpaid = 3;
  faults.placed(2);
  expect(system.done).toEqual([]);
  faults.placed(3);
  await clock.advance(1_000);
  expect(system.done).toEqual(['answers withheld']);
  system.charged.resolve();
  await clock.advance(SILENCE_MS + 20);
  expect(system.done).toEqual(['answers withheld', 'provider killed']);
  expect(events).toEqual([{ type: 'provider-killed', unaware: true }]);
  expect(faults.isDone).toBe(false);
});

test('F5.1: at five sixths of the orders payment is killed while it waits for charges', async () => {
  const { clock, system, faults, events } = script(6);
  system.unpaid = 3;
  system.charged.resolve();
  faults.placed(3);
  await clock.advance(SILENCE_MS + 500);
  system.paying = 4;
  await clock.advance(500);
  expect(system.done.at(-1)).toBe('provider killed');
  faults.placed(5);
  await clock.advance(20);
  await faults.settle();
  expect(system.done.at(-1)).toBe('payment killed');
  expect(events.at(-1)).toEqual({ type: 'payment-killed', paying: 4 });
  expect(faults.isDone).toBe(true);
});

test('a kill that interrupts nothing is not what was meant, unless all orders are paid', async () => {
  const idle = script(2);
  idle.system.unpaid = 1;
  idle.faults.placed(2);
  await idle.clock.advance(3 * PATIENCE_MS);
  await idle.faults.settle();
  expect(idle.system.done.at(-1)).toBe('payment killed');
  expect(idle.faults.isDone).toBe(false);

  const paid = script(2);
  paid.faults.placed(2);
  await paid.clock.advance(SILENCE_MS + 100);
  await paid.faults.settle();
  expect(paid.faults.isDone).toBe(true);
});

test('a fault that cannot be caused fails the run', async () => {
  const { clock, system, faults } = script(1);
  system.refusesKill = true;
  faults.placed(1);
  await clock.advance(SILENCE_MS + 100);
  await expect(faults.settle()).rejects.toThrow('planted');
});

test('a run that is aborted does not wait for its faults, and nobody is killed', async () => {
  const { clock, system, faults, abort } = script(1);
  system.unpaid = 1;
  faults.placed(1);
  abort.abort();
  await clock.advance(0);
  await faults.settle();
  expect(system.done).toEqual(['answers withheld']);
  expect(clock.sleeping).toBe(0);
});

test('without orders nothing is disturbed', () => {
  const { system, faults } = script(0);
  faults.placed(0);
  expect([faults.isDone, system.done]).toEqual([true, []]);
});
