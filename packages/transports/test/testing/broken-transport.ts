import type { Delivery, Envelope, QueueReader, Receipt } from '@holdfast/core';
import type { Transport } from '@holdfast/transports/testing';
import type { MemoryParts, MemoryWorldOptions } from '../memory/memory-world.ts';
import { alteredDelivery } from './altered-delivery.ts';

/** A wrong adapter: what it does, and how to make it of a right one. */
export interface BrokenTransport extends MemoryWorldOptions {
  readonly what: string;
}

export type Changes = Partial<Transport>;

/** Delegates to a right transport, but for what `changes` says. */
export function broken(
  what: string,
  changes: (inner: Transport, parts: MemoryParts) => Partial<Transport>,
): BrokenTransport {
  return {
    what,
    wrap: (inner, parts) => {
      const changed = changes(inner, parts);
      return {
        publish: changed.publish ?? ((batch, options) => inner.publish(batch, options)),
        declare: changed.declare ?? ((declaration) => inner.declare(declaration)),
        reader: changed.reader ?? ((queue) => inner.reader(queue)),
        close: changed.close ?? (() => inner.close()),
      };
    },
  };
}

export function brokenReader(
  what: string,
  wrap: (inner: QueueReader, parts: MemoryParts, queue: string) => QueueReader,
): BrokenTransport {
  return broken(what, (inner, parts) => ({ reader: (queue) => wrap(inner.reader(queue), parts, queue) }));
}

export function brokenDelivery(
  what: string,
  changes: (inner: Delivery, parts: MemoryParts, queue: string) => Partial<Delivery>,
): BrokenTransport {
  return brokenReader(what, (inner, parts, queue) => ({
    pull: async (max, options) =>
      (await inner.pull(max, options)).map((delivery) => alteredDelivery(delivery, changes(delivery, parts, queue))),
  }));
}

export function brokenEnvelope(what: string, change: (envelope: Envelope) => Partial<Envelope>): BrokenTransport {
  return broken(what, (inner) => ({
    publish: (batch, options) =>
      inner.publish(
        batch.map((envelope) => ({ ...envelope, ...change(envelope) })),
        options,
      ),
  }));
}

export function brokenReceipt(what: string, change: (receipt: Receipt) => Receipt): BrokenTransport {
  return broken(what, (inner) => ({
    publish: async (batch, options) => (await inner.publish(batch, options)).map(change),
  }));
}

/** Attributes with each value changed; `undefined` leaves it out. */
export function changedAttributes(
  attributes: Readonly<Record<string, string>>,
  change: (value: string, name: string) => string | undefined,
): Readonly<Record<string, string>> {
  const changed: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(attributes)) {
    const text = change(value, name);
    if (text !== undefined) changed[name] = text;
  }
  return changed;
}

export function never<T>(): Promise<T> {
  return new Promise(() => {});
}
