import type { Ids, OutgoingMessage } from '@holdfast/core';
import { ManualClock, SeededRandom } from '@holdfast/core/testing';
import { Outbox, Relay, type RelayEvent, type RelayOptions } from '@holdfast/outbox';
import { MemoryOutboxStore, MemoryTransactions } from '@holdfast/outbox/testing';
import { FakeBroker } from './fake-broker.ts';

export interface MemoryWorldOptions {
  readonly relay?: Partial<RelayOptions>;
  readonly seed?: number;
  readonly latencyMs?: number;
}

/** An outbox in memory, a relay and a broker, in virtual time. */
export function memoryWorld({ relay: settings = {}, seed = 1, latencyMs = 5 }: MemoryWorldOptions = {}) {
  const clock = new ManualClock();
  const random = new SeededRandom(seed);
  const store = new MemoryOutboxStore({ clock });
  const broker = new FakeBroker({ clock, latencyMs });
  const events: RelayEvent[] = [];
  const ids = new NumberedIds();
  const outbox = new Outbox({ store, transactions: new MemoryTransactions(), source: '/test', clock, ids });
  const relayOf = (options: Partial<RelayOptions> = {}) =>
    new Relay({ store, publisher: broker, clock, random, onEvent: (one) => events.push(one), ...settings, ...options });
  const send = async (...messages: readonly Partial<OutgoingMessage>[]) => {
    const tx = store.begin();
    const sent = await outbox.send(
      tx,
      messages.map((message) => ({ type: 'order.placed', data: {}, ...message })),
    );
    await tx.commit();
    return sent;
  };
  return { clock, random, store, broker, outbox, events, send, relayOf, relay: relayOf() };
}

/** `1`, `2`, `3`, … */
class NumberedIds implements Ids {
  #last = 0;

  next(): string {
    this.#last += 1;
    return String(this.#last);
  }
}

export type MemoryWorld = ReturnType<typeof memoryWorld>;

/** Lets virtual time pass in steps until `condition` holds; fails after `limitMs`. Returns how long it took. */
export async function until(clock: ManualClock, limitMs: number, condition: () => boolean | Promise<boolean>) {
  const start = clock.monotonic();
  while (!(await condition())) {
    if (clock.monotonic() - start > limitMs) throw new Error(`not within ${limitMs} ms: ${condition}`);
    await clock.advance(10);
  }
  return clock.monotonic() - start;
}
