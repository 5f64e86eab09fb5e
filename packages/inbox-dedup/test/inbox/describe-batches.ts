import { type Envelope, type Message, PermanentError, TransientError } from '@holdfast/core';
import type { BatchMessage, BatchWork, PreparedWork, Work } from '@holdfast/inbox-dedup';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { forged, type InboxWorld } from './inbox-world.ts';
import { orderEnvelope } from './order-events.ts';

const poison = new PermanentError('poison');

function batchOf(...ids: string[]): BatchMessage[] {
  return ids.map((id) => ({ envelope: orderEnvelope({ id, orderId: id }) }));
}

function outcomesOf(results: readonly { readonly outcome: string }[]): string[] {
  return results.map(({ outcome }) => outcome);
}

/** What holds on every database and by every runner. */
export function describeBatches<Tx>(name: string, open: () => Promise<InboxWorld<Tx>>): void {
  const world = async () => {
    const opened = await open();
    onTestFinished(() => opened.close());
    return opened;
  };

  const poisoned =
    (service: InboxWorld<Tx>): Work<Tx> =>
    async (message, context) => {
      await service.charge(message, context);
      if (message.id.startsWith('poison')) throw poison;
    };

  const bulk = (service: InboxWorld<Tx>): BatchWork<Tx> => ({
    async applyAll(messages, context) {
      for (const message of messages)
        await poisoned(service)(message, { ...context, attempt: 1, send: async () => {} });
    },
  });

  const prepared = (service: InboxWorld<Tx>): PreparedWork<Tx, string> => ({
    async prepare({ id }) {
      if (id.startsWith('poison')) throw poison;
      return id;
    },
    async apply(message, context) {
      expect(context.prepared).toBe(message.id);
      await service.charge(message, context);
    },
  });

  const works = [
    ['a work', poisoned],
    ['a bulk work', bulk],
    ['a prepared work', prepared],
  ] as const;

  describe(`batches on ${name}`, () => {
    test.each(works)('%s: one poison message takes no neighbour along', async (_, workOf) => {
      const service = await world();
      const batch = batchOf('m1', 'm2', 'poison', 'm3');
      const results = await service.inbox().handleBatch(batch, workOf(service));
      expect(outcomesOf(results)).toEqual(['applied', 'applied', 'failed', 'applied']);
      expect(results[2]).toEqual({ outcome: 'failed', error: poison });
      expect(await service.charges()).toEqual(['m1', 'm2', 'm3']);
      expect(await service.recorded()).toEqual(['m1', 'm2', 'm3']);
    });

    test.each(works)('%s: duplicates, inside of the batch too, and reused ids are told apart', async (_, workOf) => {
      const service = await world();
      const inbox = service.inbox();
      await inbox.handleBatch(batchOf('m1'), workOf(service));
      const [m1, m2, m3] = batchOf('m1', 'm2', 'm3');
      const other = { envelope: forged(m2!.envelope) };
      const results = await inbox.handleBatch(
        [m1!, m2!, m2!, other, m3!, { envelope: forged(m1!.envelope) }],
        workOf(service),
      );
      const expected = ['duplicate', 'applied', 'duplicate', 'failed', 'applied', 'failed'];
      expect(outcomesOf(results)).toEqual(expected);
      expect(service.events.filter(({ type }) => type === 'id-reused')).toHaveLength(2);
      expect(await service.charges()).toEqual(['m1', 'm2', 'm3']);
    });

    test('messages that cannot be decoded fail by themselves', async () => {
      const service = await world();
      const [m1, m2] = batchOf('m1', 'm2');
      const malformed = { envelope: { ...m1!.envelope, id: 'bad', body: Buffer.from('{') } };
      const results = await service.inbox().handleBatch([m1!, malformed, m2!], service.charge);
      expect(outcomesOf(results)).toEqual(['applied', 'failed', 'applied']);
      expect(results[1]).toMatchObject({ error: { code: 'ERR_CORE_MALFORMED_MESSAGE' } });
      expect(await service.inbox().handleBatch([malformed], service.charge)).toMatchObject([{ outcome: 'failed' }]);
      expect(await service.inbox().handleBatch([], service.charge)).toEqual([]);
    });

    test('messages of one key keep their order when one of them must be handled by itself', async () => {
      const service = await world();
      const of = (id: string, attempt: number) => ({ envelope: orderEnvelope({ id, orderId: 'one' }), attempt });
      const seen: string[] = [];
      const work = (message: Message) => void seen.push(message.id);
      const results = await service.inbox().handleBatch([of('m1', 1), of('m2', 2), of('m3', 1), of('m4', 3)], work);
      expect(outcomesOf(results)).toEqual(Array(4).fill('applied'));
      expect(seen).toEqual(['m1', 'm2', 'm3', 'm4']);
    });

    test('F5.7: what comes after a failed message of its key is held back, unless that one never succeeds', async () => {
      const service = await world();
      const of = (id: string, orderId: string) => ({ envelope: orderEnvelope({ id, orderId }) });
      const batch = [of('a1', 'a'), of('b1', 'b'), of('a2', 'a'), of('b2', 'b'), of('c1', 'c')];
      const work: Work<Tx> = async (message, context) => {
        await service.charge(message, context);
        if (message.id === 'a1') throw new TransientError('not now');
        if (message.id === 'b1') throw new PermanentError('never');
      };
      const results = await service.inbox().handleBatch(batch, work);
      expect(outcomesOf(results)).toEqual(['failed', 'failed', 'failed', 'applied', 'applied']);
      expect(results[2]).toMatchObject({ error: { code: 'ERR_INBOX_HELD_BACK', failureClass: 'transient' } });
      expect(await service.recorded()).toEqual(['b2', 'c1']);
      const prepare = async (message: Message) => {
        if (message.id === 'a1') throw new TransientError('not now');
      };
      expect(outcomesOf(await service.inbox().handleBatch(batch, { prepare, apply: service.charge }))).toEqual([
        'failed',
        'applied',
        'failed',
        'duplicate',
        'duplicate',
      ]);
    });

    test.each(['m2', 'm3'])('a batch whose signal is aborted during %s is rolled back as a whole', async (last) => {
      const service = await world();
      const controller = new AbortController();
      const { signal } = controller;
      const work: Work<Tx> = async (message, context) => {
        await service.charge(message, context);
        if (message.id === last) controller.abort(new Error('stopping'));
      };
      const results = await service.inbox().handleBatch(batchOf('m1', 'm2', 'm3'), work, { signal });
      expect(outcomesOf(results)).toEqual(['failed', 'failed', 'failed']);
      expect(await service.recorded()).toEqual([]);
    });

    test('one message that its sender numbered twice takes both places, as one by one', async () => {
      const service = await world();
      const inbox = service.inbox({ gates });
      const [first, second, third] = [1, 2, 3].map((number) => ({
        envelope: placed({ ...orderEnvelope({ id: number < 3 ? 'm' : 'n' }), key: 'k' }, { stream: 'order', number }),
      }));
      const results = await inbox.handleBatch([first!, second!, third!], service.charge);
      expect(outcomesOf(results)).toEqual(['applied', 'duplicate', 'applied']);
      expect(await inbox.blocked()).toEqual([]);
    });

    test.each(works)('%s: any batch has the final state of one by one, gated messages too', async (_, workOf) => {
      const service = await world();
      let runs = 0;
      const property = fc.asyncProperty(fc.array(listed, { maxLength: 12 }), async (list) => {
        runs += 1;
        const batch = list.map((one) => batchMessage(one, runs));
        const [one, together] = [
          service.inbox({ consumer: `one ${runs}`, gates }),
          service.inbox({ consumer: `all ${runs}`, gates }),
        ];
        const before = (await service.charges()).length;
        for (const message of batch) {
          await one.handle(message.envelope, singleOf(workOf(service)), message).catch(() => {});
        }
        const between = (await service.charges()).length;
        await together.handleBatch(batch, workOf(service));
        const all = await service.charges();
        expect(all.slice(between).toSorted()).toEqual(all.slice(before, between).toSorted());
        expect(await service.sequences(`all ${runs}`)).toEqual(await service.sequences(`one ${runs}`));
      });
      await fc.assert(property, { numRuns: 40, seed: 4_711 });
    });
  });
}

const gates = { order: { mode: 'in-order' }, price: { mode: 'latest' } } as const;

interface Place {
  readonly stream: string;
  readonly number: number;
}

interface Listed {
  readonly id: string;
  readonly key: string | null;
  readonly isForged: boolean;
  readonly attempt: number;
  readonly place: Place | null;
}

const listed: fc.Arbitrary<Listed> = fc.record({
  id: fc.constantFrom('m1', 'm2', 'm3', 'm4', 'poison1', 'poison2'),
  key: fc.constantFrom('k1', 'k2', null),
  isForged: fc.boolean(),
  attempt: fc.constantFrom(1, 1, 1, 2),
  place: fc.option(fc.record({ stream: fc.constantFrom('order', 'price'), number: fc.integer({ min: 1, max: 4 }) })),
});

function batchMessage({ id, key, isForged, attempt, place }: Listed, run: number): BatchMessage {
  const envelope = placed({ ...orderEnvelope({ id: `${id}:${run}` }), key }, place);
  return { envelope: isForged ? forged(envelope) : envelope, attempt };
}

function placed(envelope: Envelope, place: Place | null): Envelope {
  if (place === null) return envelope;
  const sequence = { sequencestream: place.stream, sequence: String(place.number) };
  return { ...envelope, attributes: { ...envelope.attributes, ...sequence } };
}

function singleOf<Tx>(work: BatchWork<Tx>) {
  if (!('applyAll' in work)) return work;
  const single: Work<Tx> = (message, context) => work.applyAll([message], context);
  return single;
}
