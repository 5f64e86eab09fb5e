import { type Message, PermanentError } from '@holdfast/core';
import type { Inbox, Work } from '@holdfast/inbox-dedup';
import { IdReusedError } from '@holdfast/inbox-dedup';
import { NotInTransactionError } from '@holdfast/sql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { forged, type InboxWorld } from './inbox-world.ts';
import { orderEnvelope } from './order-events.ts';

/** What holds on every database and by every runner. */
export function describeInbox<Tx>(name: string, open: () => Promise<InboxWorld<Tx>>): void {
  const world = async () => {
    const opened = await open();
    onTestFinished(() => opened.close());
    return opened;
  };

  describe(`the inbox on ${name}`, () => {
    test('F5.1: a message takes effect once, however often it is delivered', async () => {
      const service = await world();
      const inbox = service.inbox();
      const message = orderEnvelope({ id: 'm1' });
      expect(await inbox.handle(message, service.charge)).toBe('applied');
      for (let attempt = 2; attempt < 5; attempt += 1) {
        expect(await inbox.handle(message, service.charge, { attempt })).toBe('duplicate');
      }
      expect(await service.charges()).toEqual(['m1']);
    });

    test('F5.1: of many deliveries at once one takes effect, the others are duplicates', async () => {
      const service = await world();
      const inboxes = [service.inbox(), service.inbox()];
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, n) => inboxes[n % 2]!.handle(orderEnvelope({ id: 'm1' }), service.charge)),
      );
      expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(15);
      expect(await service.charges()).toEqual(['m1']);
    });

    test('consumers of one database apply a message each', async () => {
      const service = await world();
      const message = orderEnvelope({ id: 'm1' });
      expect(await service.inbox().handle(message, service.charge)).toBe('applied');
      expect(await service.inbox({ consumer: 'mail' }).handle(message, service.charge)).toBe('applied');
    });

    test('a work that fails leaves nothing behind, and its message is new again', async () => {
      const service = await world();
      const inbox = service.inbox();
      const message = orderEnvelope({ id: 'm1' });
      const error = new PermanentError('no such customer');
      const failing: Work<Tx> = async (received, context) => {
        await service.charge(received, context);
        throw error;
      };
      await expect(inbox.handle(message, failing)).rejects.toBe(error);
      expect([await service.charges(), await service.recorded()]).toEqual([[], []]);
      expect(await inbox.handle(message, service.charge)).toBe('applied');
    });

    test('a work that throws without waiting is rolled back too', async () => {
      const service = await world();
      const failing = () => {
        throw new Error('no');
      };
      await expect(service.inbox().handle(orderEnvelope(), failing)).rejects.toThrow('no');
      expect(await service.recorded()).toEqual([]);
    });

    test('F1.2: another message under the same id is an alarm, not a duplicate, and changes nothing', async () => {
      const service = await world();
      const inbox = service.inbox();
      const message = orderEnvelope({ id: 'm1' });
      await inbox.handle(message, service.charge);
      await expect(inbox.handle(forged(message), service.charge)).rejects.toThrow(IdReusedError);
      expect(service.events).toEqual([
        { type: 'id-reused', consumer: 'payment', source: '/orders', messageId: 'm1', messageType: 'order.placed' },
      ]);
      expect(await service.charges()).toEqual(['m1']);
      expect(await inbox.handle(message, service.charge)).toBe('duplicate');
    });

    test('the work gets the decoded message, the attempt and the signal', async () => {
      const service = await world();
      const { signal } = new AbortController();
      const seen: unknown[] = [];
      const work: Work<Tx> = (message, context) => {
        seen.push(message.data, context.attempt, context.signal === signal);
      };
      await service.inbox().handle(orderEnvelope({ orderId: 'o7', cents: 5 }), work, { attempt: 1, signal });
      expect(seen).toEqual([{ orderId: 'o7', cents: 5 }, 1, true]);
    });

    test('a signal that is aborted while the work runs rolls it back, whatever the work does', async () => {
      const service = await world();
      const controller = new AbortController();
      const reason = new Error('the lease is lost');
      const work: Work<Tx> = async (message, context) => {
        await service.charge(message, context);
        controller.abort(reason);
      };
      const handled = service.inbox().handle(orderEnvelope(), work, { signal: controller.signal });
      await expect(handled).rejects.toBe(reason);
      expect([await service.charges(), await service.recorded()]).toEqual([[], []]);
    });

    test('a signal that is aborted before touches no database', async () => {
      const service = await world();
      const signal = AbortSignal.abort(new Error('stopping'));
      await expect(service.inbox().handle(orderEnvelope(), service.charge, { signal })).rejects.toThrow('stopping');
      expect(await service.recorded()).toEqual([]);
    });

    test('as a handler it takes the message as it was decoded before, and the envelope for its identity', async () => {
      const service = await world();
      const seen: Message[] = [];
      const handler = service.inbox().handler((message) => void seen.push(message));
      const envelope = orderEnvelope({ id: 'm1' });
      const message: Message = { ...envelope, time: 0, data: 'decoded by the runtime' };
      const { signal } = new AbortController();
      await handler(message, { envelope, attempt: 1, signal });
      await handler(message, { envelope, attempt: 2, signal });
      expect(seen).toEqual([message]);
      await expect(handler(message, { envelope: forged(envelope), attempt: 1, signal })).rejects.toThrow(IdReusedError);
    });

    test('a message is recorded in a transaction of the caller’s own', async () => {
      const service = await world();
      const inbox = service.inbox();
      const message = orderEnvelope({ id: 'm1' });
      const run = (envelope = message) =>
        service.transactions.transaction((tx) => recordAndCharge(inbox, tx, envelope));
      const recordAndCharge = async (own: Inbox<Tx>, tx: Tx, envelope = message) => {
        const isNew = await own.record(tx, envelope);
        if (isNew) await service.transactions.executor(tx).execute(service.insert(envelope.id));
        return isNew;
      };
      expect([await run(), await run()]).toEqual([true, false]);
      await expect(run(forged(message))).rejects.toThrow(IdReusedError);
      expect(await service.charges()).toEqual(['m1']);
      let ended: Tx | undefined;
      await service.transactions.transaction(async (tx) => {
        ended = tx;
      });
      await expect(inbox.record(ended as Tx, orderEnvelope())).rejects.toThrow(NotInTransactionError);
    });

    test('what is forgotten is applied again', async () => {
      const service = await world();
      const inbox = service.inbox();
      const message = orderEnvelope({ id: 'm1' });
      await inbox.handle(message, service.charge);
      expect(await inbox.forget(message)).toBe(true);
      expect(await inbox.forget(message)).toBe(false);
      expect(await inbox.handle(message, service.charge)).toBe('applied');
      expect(await service.charges()).toEqual(['m1', 'm1']);
    });

    test('F9.2: a day of messages that comes again, in another order, has no second effect', async () => {
      const service = await world();
      const inbox = service.inbox();
      const day = Array.from({ length: 120 }, (_, n) => orderEnvelope({ id: `m${n}`, orderId: `o${n % 7}` }));
      const first = await inbox.handleBatch(
        day.map((envelope) => ({ envelope })),
        service.charge,
      );
      expect(new Set(first.map(({ outcome }) => outcome))).toEqual(new Set(['applied']));
      const again = await inbox.handleBatch(
        day.toReversed().map((envelope) => ({ envelope })),
        service.charge,
      );
      expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(['duplicate']));
      for (const envelope of day.slice(0, 20)) {
        expect(await inbox.handle(envelope, service.charge, { attempt: 2 })).toBe('duplicate');
      }
      expect(await service.charges()).toHaveLength(120);
    });
  });
}
