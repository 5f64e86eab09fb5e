import { type Envelope, worstLevel } from '@holdfast/core';
import { type Inbox, InboxHousekeeper, type PreparedWork, QuarantinedError } from '@holdfast/inbox-dedup';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { InboxWorld } from '../inbox/inbox-world.ts';
import { orderEnvelope } from '../inbox/order-events.ts';

const DAY = 86_400_000;
const identity = { source: '/orders', id: 'm1' };

/** What an inbox does about messages that never end, and about records that are old, on every database. */
export function describeUpkeep<Tx>(name: string, open: () => Promise<InboxWorld<Tx>>): void {
  const world = async () => {
    const service = await open();
    onTestFinished(() => service.close());
    return service;
  };

  describe(`attempts and retention of the inbox on ${name}`, () => {
    test('F5.9: a message whose process ends three times is quarantined, told of once, and let in again by a person', async () => {
      const service = await world();
      const message = orderEnvelope({ id: 'm1' });
      for (const attempt of [1, 2, 3]) await startedAndGone(service, { envelope: message, attempt });
      const inbox = service.inbox();
      for (const attempt of [4, 5]) {
        await expect(inbox.handle(message, service.charge, { attempt })).rejects.toThrow(QuarantinedError);
      }
      expect(await service.charges()).toEqual([]);
      expect(service.events.filter(({ type }) => type === 'quarantined')).toMatchObject([
        { attempts: { consumer: 'payment', ...identity, type: 'order.placed', unfinished: 3 } },
      ]);
      expect(await inbox.quarantined()).toMatchObject([{ ...identity, unfinished: 3 }]);
      expect(await inbox.stats()).toMatchObject({ quarantined: 1 });
      expect(await inbox.readmit(identity)).toBe(true);
      expect(await inbox.readmit(identity)).toBe(false);
      expect(await inbox.quarantined()).toEqual([]);
      expect(await inbox.handle(message, service.charge, { attempt: 6 })).toBe('applied');
      expect(await attemptsOf(service)).toEqual([]);
    });

    test('a message that fails and then succeeds leaves no attempts, and was told apart from one that never ended', async () => {
      const service = await world();
      const inbox = service.inbox();
      const message = orderEnvelope({ id: 'm1' });
      for (const attempt of [1, 2, 3, 4, 5]) {
        const work = () => Promise.reject(new Error('no'));
        await expect(inbox.handle(message, work, { attempt })).rejects.toThrow('no');
      }
      expect(await attemptsOf(service)).toEqual(['m1: 0 unfinished, 5 failed']);
      expect(await inbox.handle(message, service.charge, { attempt: 6 })).toBe('applied');
      expect(await attemptsOf(service)).toEqual([]);
    });

    test('a duplicate that comes again is not started, and what was counted for it is forgotten', async () => {
      const service = await world();
      const message = orderEnvelope({ id: 'm1' });
      for (const attempt of [2, 3]) await startedAndGone(service, { envelope: message, attempt });
      // A delivery that is not counted, of a transport that lost count.
      expect(await service.inbox().handle(message, service.charge)).toBe('applied');
      const work = vi.fn();
      expect(await service.inbox().handle(message, work, { attempt: 4 })).toBe('duplicate');
      expect(work).not.toHaveBeenCalled();
      expect(await attemptsOf(service)).toEqual([]);
    });

    test('another message under the id of one that was applied counts no attempt', async () => {
      const service = await world();
      const inbox = service.inbox();
      await inbox.handle(orderEnvelope({ id: 'm1' }), service.charge);
      const other = orderEnvelope({ id: 'm1', orderId: 'other' });
      for (const attempt of [1, 2]) {
        await expect(inbox.handle(other, service.charge, { attempt })).rejects.toThrow('another type or body');
      }
      expect(await attemptsOf(service)).toEqual([]);
    });

    test('F5.9: a batch holds messages that came before apart, and counts each', async () => {
      const service = await world();
      const [poison, one, two] = ['m1', 'm2', 'm3'].map((id) => orderEnvelope({ id, orderId: id }));
      for (const attempt of [1, 2, 3]) await startedAndGone(service, { envelope: poison!, attempt });
      const outcomes = await service.inbox().handleBatch(
        [
          { envelope: one!, attempt: 1 },
          { envelope: poison!, attempt: 4 },
          { envelope: two!, attempt: 1 },
        ],
        service.charge,
      );
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['applied', 'failed', 'applied']);
      expect((await service.charges()).toSorted()).toEqual(['m2', 'm3']);
    });

    test('F5.9: nothing else runs in the process while a message has its last try, batches neither', async () => {
      const service = await world();
      const last = orderEnvelope({ id: 'm1' });
      for (const attempt of [1, 2]) await startedAndGone(service, { envelope: last, attempt });
      const inbox = service.inbox();
      const { promise: ending, resolve: end } = Promise.withResolvers<void>();
      const { promise: began, resolve: begin } = Promise.withResolvers<void>();
      const work: PreparedWork<Tx, void> = {
        prepare: () => {
          begin();
          return ending;
        },
        apply: service.charge,
      };
      const lastTry = inbox.handle(last, work, { attempt: 3 });
      await began;
      const others = ['m2', 'm3', 'm4', 'm5'].map((id) => ({
        envelope: orderEnvelope({ id, orderId: id }),
        attempt: 1,
      }));
      const beside = [
        inbox.handleBatch(others.slice(0, 2), service.charge),
        inbox.handleBatch(others.slice(2), { prepare: async () => {}, apply: service.charge }),
      ];
      // Another process has the time for all of this.
      for (const id of ['a', 'b', 'c'])
        await service.inbox().handle(orderEnvelope({ id, orderId: id }), service.charge);
      expect(await service.charges()).toEqual(['a', 'b', 'c']);
      end();
      expect(await lastTry).toBe('applied');
      await Promise.all(beside);
      expect((await service.charges()).slice(0, 4)).toEqual(['a', 'b', 'c', 'm1']);
      expect(await service.charges()).toHaveLength(8);
    });

    test('where every start is counted, a batch shares no transaction', async () => {
      const service = await world();
      const inbox = service.inbox({ countStarts: 'always', maxUnfinished: 2 });
      const envelopes = ['m1', 'm2'].map((id) => orderEnvelope({ id, orderId: id }));
      const counted: number[] = [];
      const work: PreparedWork<Tx, number> = {
        prepare: async () => (await attemptsOf(service)).length,
        apply: async (message, { tx, prepared }) => {
          counted.push(prepared);
          await service.charge(message, { tx });
        },
      };
      const outcomes = await inbox.handleBatch(
        envelopes.map((envelope) => ({ envelope, attempt: 1 })),
        work,
      );
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['applied', 'applied']);
      expect(counted).toEqual([1, 1]);
      expect(await attemptsOf(service)).toEqual([]);
    });

    test('F9.2: a consumer that was down for 20 days finds the records of its backlog, while housekeepers run', async () => {
      const service = await world();
      const before = service.inbox({ instance: 'before' });
      const backlog = ['m1', 'm2', 'm3'].map((id) => orderEnvelope({ id, orderId: id }));
      for (const envelope of backlog) await before.handle(envelope, service.charge);
      await before.upkeep.reportProgress();
      await elapse(service, 20 * DAY);
      const after = service.inbox({ instance: 'after' });
      const housekeepers = [new InboxHousekeeper({ inbox: before }), new InboxHousekeeper({ inbox: after })];
      const clean = () => Promise.all(housekeepers.map((housekeeper) => housekeeper.runOnce()));
      await clean();
      // A new message is first: its backlog comes from another queue, or in no order.
      await after.handle(orderEnvelope({ id: 'new', orderId: 'new' }), service.charge);
      await clean();
      for (const envelope of backlog) {
        expect(await after.handle(aged(envelope, 20 * DAY), service.charge, { attempt: 2 })).toBe('duplicate');
        await clean();
      }
      expect(await service.charges()).toEqual(['m1', 'm2', 'm3', 'new']);
      await Promise.all(housekeepers.map((housekeeper) => housekeeper.stop()));
    });

    test('records are removed when a consumer that keeps up has come past them', async () => {
      const service = await world();
      const inbox = service.inbox({ retentionMs: DAY, instance: 'one' });
      const housekeeper = new InboxHousekeeper({ inbox });
      await inbox.handle(orderEnvelope({ id: 'old', orderId: 'old' }), service.charge);
      await inbox.upkeep.reportProgress();
      await elapse(service, DAY + 60_000);
      // A message for each part of the time in which it does not move on.
      for (const id of ['a', 'b', 'c']) {
        await inbox.handle(orderEnvelope({ id, orderId: id }), service.charge);
        await inbox.upkeep.reportProgress();
        await elapse(service, 300_000);
      }
      await inbox.handle(orderEnvelope({ id: 'd', orderId: 'd' }), service.charge);
      await housekeeper.runOnce();
      expect(await service.recorded()).toEqual(['a', 'b', 'c', 'd']);
      await housekeeper.stop();
    });

    test('preflight refuses a retention that is too short, and tells the settings of the database', async () => {
      const service = await world();
      const inbox = service.inbox({ retentionMs: 10 * DAY });
      const findings = await inbox.preflight({ longestRedeliveryMs: 14 * DAY });
      expect(worstLevel(findings)).toBe('refuse');
      const subjects = findings.map(({ subject }) => subject);
      expect(subjects).toContain('inbox.retentionMs');
      const setting = service.transactions.dialect === 'postgresql' ? 'postgres.fsync' : 'sqlite.journal_mode';
      expect(subjects).toContain(setting);
      const longer = await service.inbox().preflight({ longestRedeliveryMs: 14 * DAY });
      expect(longer.find(({ subject }) => subject === 'inbox.retentionMs')?.level).toBe('ok');
    });
  });
}

/** A process of its own begins the message, and goes away while it prepares. */
async function startedAndGone<Tx>(
  service: InboxWorld<Tx>,
  { envelope, attempt }: { readonly envelope: Envelope; readonly attempt: number },
): Promise<void> {
  const inbox: Inbox<Tx> = service.inbox();
  await new Promise<void>((resolve, reject) => {
    const work: PreparedWork<Tx, never> = {
      prepare: () => {
        resolve();
        return new Promise<never>(() => {});
      },
      apply: () => {},
    };
    inbox.handle(envelope, work, { attempt }).catch(reject);
  });
}

async function attemptsOf<Tx>({ transactions }: InboxWorld<Tx>): Promise<readonly string[]> {
  const { rows } = await transactions.execute({
    text: 'select id, unfinished, failures from holdfast_inbox_attempt order by id',
    values: [],
  });
  return rows.map(asRow);
}

function asRow({ id, unfinished, failures }: Readonly<Record<string, unknown>>): string {
  return `${id}: ${unfinished} unfinished, ${failures} failed`;
}

/** The same message, as if it had been sent so much earlier. */
function aged(envelope: Envelope, ms: number): Envelope {
  const time = new Date(Date.parse(envelope.attributes['time']!) - ms).toISOString();
  return { ...envelope, attributes: { ...envelope.attributes, time } };
}

/** All that is stored becomes older. */
async function elapse<Tx>({ transactions }: InboxWorld<Tx>, ms: number): Promise<void> {
  const amount = transactions.dialect === 'postgresql' ? `interval '${ms} milliseconds'` : ms;
  const columns = { inbox: ['received_at'], inbox_progress: ['reached_at', 'before_at', 'since', 'seen_at'] };
  for (const [table, times] of Object.entries(columns)) {
    const shifts = times.map((at) => `${at} = ${at} - ${amount}`).join(', ');
    await transactions.execute({ text: `update holdfast_${table} set ${shifts}`, values: [] });
  }
}
