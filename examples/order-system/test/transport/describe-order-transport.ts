import { type Envelope, MessageEncoder, type Publisher, type QueueReader, type Receipt } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ParentChannel } from '../../src/relay-process/parent-channel.ts';
import { WithheldReceipts } from '../../src/relay-process/withheld-receipts.ts';
import { openRelayTransport } from '../../src/transport/open-relay-transport.ts';
import type { OrderTransport } from '../../src/transport/order-transport.ts';

export interface OrderTransportFixture {
  open(): Promise<OrderTransport>;
  /** Names of what is on the broker and was made by this run; `null` where that goes with the broker. */
  readonly leftovers: ((transport: OrderTransport) => Promise<readonly string[]>) | null;
}

const encoder = new MessageEncoder({ source: '/orders' });
const envelope = (type = 'order.created', key = 'A'): Envelope => encoder.encode({ type, data: {}, key });
const noChannel = {} as ParentChannel;

/** The relay's end of a transport, in this process. */
class RelayEnd implements Publisher {
  readonly #receipts: WithheldReceipts;
  readonly #close: () => Promise<void>;

  private constructor(publisher: Publisher, close: () => Promise<void>) {
    this.#receipts = new WithheldReceipts(publisher);
    this.#close = close;
  }

  static async of({ parentPublisher, relayRoute }: OrderTransport): Promise<RelayEnd> {
    if (parentPublisher !== null) return new RelayEnd(parentPublisher, async () => {});
    const end = await openRelayTransport(relayRoute, noChannel);
    return new RelayEnd(end.publisher, () => end.close());
  }

  publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    return this.#receipts.publish(batch);
  }

  withholdReceipts(): Promise<void> {
    return new Promise((resolve) => this.#receipts.withhold(resolve));
  }

  /** As dead as it can be here. */
  async die(): Promise<void> {
    this.#receipts.release();
    await this.#close();
  }
}

/** What every transport of the order system must do, whatever is behind it. */
export function describeOrderTransport(name: string, { open, leftovers }: OrderTransportFixture): void {
  describe(`the order system over ${name}`, () => {
    let transport: OrderTransport;
    let relay: RelayEnd;
    beforeEach(async () => {
      transport = await open();
      await transport.queues.declare('payment', ['order.payment-requested']);
      await transport.queues.declare('analytics', ['order.created', 'order.payment-requested']);
      relay = await RelayEnd.of(transport);
    });
    afterEach(async () => {
      await relay.die();
      await transport.close();
    });

    test('each service gets the messages of its types', async () => {
      await accepted(relay, [envelope(), envelope('order.payment-requested')]);
      expect(await typesFrom(transport.queues.reader('analytics'), 2)).toEqual([
        'order.created',
        'order.payment-requested',
      ]);
      expect(await typesFrom(transport.queues.reader('payment'), 1)).toEqual(['order.payment-requested']);
      await untilEmpty(transport);
    });

    test('F4.2: while it is down nothing is accepted, and when it is up again everything goes on', async () => {
      await accepted(relay, [envelope()]);
      await transport.faults.setAvailable(false);
      const [receipt] = await relay.publish([envelope()]);
      expect(receipt?.outcome).not.toBe('accepted');
      await transport.faults.setAvailable(true);
      await accepted(relay, [envelope('order.payment-requested')]);
      expect((await typesFrom(transport.queues.reader('payment'), 1)).length).toBe(1);
    });

    test('F4.1: a message whose answer is lost arrives, and the next relay gets its answers', async () => {
      await accepted(relay, [envelope()]);
      await typesFrom(transport.queues.reader('analytics'), 1);
      const lost = transport.faults.loseAnswers(relay);
      let answered = false;
      const silent = relay.publish([envelope('order.payment-requested')]).then(() => {
        answered = true;
      });
      await lost;
      expect(await typesFrom(transport.queues.reader('payment'), 1)).toEqual(['order.payment-requested']);
      expect(answered).toBe(false);
      transport.faults.restoreAnswers();
      await relay.die();
      await silent;
      relay = await RelayEnd.of(transport);
      await accepted(relay, [envelope()]);
    });

    test('F13.2: when it is closed it tells what was left, and nothing of the run stays on the broker', async () => {
      await accepted(relay, [envelope(), envelope('order.payment-requested', 'B')]);
      await typesFrom(transport.queues.reader('payment'), 1);
      await relay.die();
      expect(await transport.close()).toBe(2);
      expect((await leftovers?.(transport)) ?? []).toEqual([]);
      expect(await transport.close()).toBe(2);
    });
  });
}

/** As the relay does: what was not taken is sent again. */
async function accepted(relay: Publisher, batch: readonly Envelope[]): Promise<void> {
  let left = batch;
  while (left.length > 0) {
    const receipts = await relay.publish(left);
    left = left.filter((_, index) => receipts[index]?.outcome !== 'accepted');
    if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Takes and settles that many; what fails because the transport is coming back is tried again. */
async function typesFrom(reader: QueueReader, count: number): Promise<readonly string[]> {
  const types: string[] = [];
  while (types.length < count) {
    const deliveries = await reader.pull(count - types.length, { waitMs: 1_000 }).catch(() => []);
    for (const delivery of deliveries) {
      await delivery.ack();
      types.push(delivery.envelope.type);
    }
    if (deliveries.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return types;
}

async function untilEmpty({ queues }: OrderTransport): Promise<void> {
  while ((await queues.count()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}
