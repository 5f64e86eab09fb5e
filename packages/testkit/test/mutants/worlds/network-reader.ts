import type { Delivery, QueueReader } from '@holdfast/core';
import type { World } from '../../../src/kernel/world.ts';

/** The reader of a broker behind a network: each pull and each settlement is an I/O. */
export function networkReader(world: World, reader: QueueReader): QueueReader {
  const io = <Result>(label: string, act: () => Promise<Result>, messages: readonly string[] = []) => {
    const lost = () => new Error(`the connection was lost at "${label}"`);
    const site = { label, server: 'bus', answers: true, messages, errorBefore: lost, errorAfter: lost };
    return world.simulation.io(site, act);
  };
  return {
    pull: async (max, options) => {
      if (options.signal?.aborted) return [];
      const deliveries = await io('bus.pull', () => reader.pull(max, { waitMs: options.waitMs }));
      return deliveries.map((delivery) => {
        const call = (label: string, act: () => Promise<void>) => io(`bus.${label}`, act, [delivery.envelope.id]);
        const remote: Delivery = {
          envelope: delivery.envelope,
          deliveryCount: delivery.deliveryCount,
          get leaseEndsAt() {
            return delivery.leaseEndsAt;
          },
          ack: () => call('ack', () => delivery.ack()),
          retry: (delayMs) => call('retry', () => delivery.retry(delayMs)),
          deadLetter: (reason) => call('deadLetter', () => delivery.deadLetter(reason)),
          extend: (ms) => call('extend', () => delivery.extend(ms)),
        };
        return remote;
      });
    },
  };
}
