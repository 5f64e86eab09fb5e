import { type OutgoingMessage, quoted } from '@holdfast/core';
import { SagaOperations, type SagaRuntimeOptions, sagaTimeline } from '@holdfast/saga';
import { CommitUnknownError, TransactionConflictError } from '@holdfast/sql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { receive, type SagaWorld } from '../runtime/saga-world.ts';
import {
  orderPlaced,
  paymentRefunded,
  paymentSucceeded,
  paymentUnclear,
  stockFailed,
  stockReserved,
} from '../shop/events.ts';
import { defineOrderSaga, orderSaga } from '../shop/order-saga.ts';
import { defineDoorSaga, doorSwept, opened } from './door-saga.ts';
import { UnreliableRunner } from './unreliable-runner.ts';

const order = (orderId: string) => ({ orderId, customer: 'ada@example.org', amount: 500, sku: 'tea', quantity: 2 });
const placed = (orderId: string) => receive(orderPlaced, order(orderId));
const id = { saga: 'order', key: 'o1' };
const by = { actor: 'grace', reason: 'the provider says it was charged' };

/** What people may rely on, on every database. */
export function describeOperations<Tx>(name: string, open: () => Promise<SagaWorld<Tx>>): void {
  const service = async (options: Partial<SagaRuntimeOptions<Tx>> = {}) => {
    const world = await open();
    onTestFinished(() => world.close());
    const runtime = world.runtime([orderSaga], options);
    return { world, runtime, operations: new SagaOperations({ runtime }) };
  };

  /** An order whose payment nobody is sure of. */
  const uncertain = async (options: Partial<SagaRuntimeOptions<Tx>> = {}) => {
    const opened = await service(options);
    await opened.world.apply(opened.runtime, placed('o1'), receive(paymentUnclear, { orderId: 'o1' }));
    return opened;
  };

  describe(`operators' functions on ${name}`, () => {
    test('an action goes through the definition and says in the history who did it, and why', async () => {
      const { world, operations } = await uncertain();
      const report = await operations.retry(id, by);
      expect(report).toMatchObject({
        ...id,
        isRepeat: false,
        transitions: [
          {
            number: 3,
            cause: 'operator',
            name: 'retry',
            from: 'payment_uncertain',
            to: 'paying',
            sent: [{ type: 'payment.request' }],
          },
        ],
      });
      expect((await world.history('o1')).at(-1)).toMatchObject({ cause: 'operator', name: 'retry', ...by });
      expect([await world.state('o1'), await world.timers('o1')]).toEqual(['paying', ['answer']]);
      const [, request] = await world.sent();
      expect(request).toMatchObject({ type: 'payment.request', id: report.transitions[0]?.sent[0]?.id, key: 'o1' });
      await operations.cancel(id, by);
      expect(await world.state('o1')).toBe('cancelled');
    });

    test('an action that the state does not take is refused, with what it takes, and changes nothing', async () => {
      const { world, operations } = await uncertain();
      await expect(operations.resume(id, by)).rejects.toMatchObject({
        code: 'ERR_SAGA_ACTION_REFUSED',
        state: 'payment_uncertain',
        actions: ['retry', 'cancel'],
        message:
          'Instance "o1" of saga "order", in state "payment_uncertain", refuses action "resume": the state does not take it, or its guards ' +
          'do not hold. It takes the actions "retry", "cancel", and the events "payment.succeeded", "payment.failed".',
      });
      await expect(operations.retry({ saga: 'order', key: 'o2' }, by)).rejects.toMatchObject({
        code: 'ERR_SAGA_INSTANCE_NOT_FOUND',
      });
      await expect(operations.retry(id, { ...by, actor: '' })).rejects.toThrow('"actor"');
      await expect(operations.retry(id, { ...by, reason: '' })).rejects.toThrow('"reason"');
      await expect(operations.retry({ saga: 'ordr', key: 'o1' }, by)).rejects.toThrow('"saga"');
      expect(await world.history('o1')).toHaveLength(2);
      expect(await world.sentTypes()).toEqual(['payment.request']);
    });

    test('an action is refused when something has happened since the person looked', async () => {
      const { world, runtime, operations } = await uncertain();
      const { instance } = await operations.show(id);
      await world.apply(runtime, receive(paymentSucceeded, { orderId: 'o1' }));
      const late = operations.cancel(id, { ...by, ifTransitions: instance.transitions });
      await expect(late).rejects.toThrow('it has 3 transitions now, and not 2 as when it was looked at');
      await operations.cancel(id, { ...by, ifTransitions: 3 });
      expect(await world.state('o1')).toBe('refunding');
    });

    test('a preview tells what an action would do, and does nothing', async () => {
      const { world, operations } = await uncertain();
      expect(await operations.preview(id, { action: 'retry' })).toMatchObject({
        isTaken: true,
        state: 'payment_uncertain',
        transitions: [{ number: 3, from: 'payment_uncertain', to: 'paying', sent: [{ type: 'payment.request' }] }],
        schedule: [{ timer: 'answer', afterMs: 30_000 }],
        cancel: [],
      });
      expect(await operations.preview(id, { action: 'resume' })).toMatchObject({
        isTaken: false,
        transitions: [],
        takes: { actions: ['retry', 'cancel'] },
      });
      expect(await operations.preview(id, { message: paymentSucceeded({ orderId: 'o1' }) })).toMatchObject({
        isTaken: true,
        transitions: [{ cause: 'operator', name: 'payment.succeeded', to: 'reserving' }],
      });
      expect(
        await operations.preview({ saga: 'order', key: 'o2' }, { message: orderPlaced(order('o2')) }),
      ).toMatchObject({ isTaken: true, state: null, transitions: [{ to: 'paying' }] });
      await expect(operations.preview({ saga: 'order', key: 'o2' }, { action: 'retry' })).rejects.toMatchObject({
        code: 'ERR_SAGA_INSTANCE_NOT_FOUND',
      });
      expect([await world.history('o1'), await world.sentTypes(), await world.state('o2')]).toMatchObject([
        { length: 2 },
        ['payment.request'],
        null,
      ]);
    });

    test('a forced event is taken as if it had been received, and is marked as forced', async () => {
      const { world, operations } = await uncertain();
      const report = await operations.force(id, paymentSucceeded({ orderId: 'o1' }, { id: 'seen at the bank' }), by);
      expect(report.transitions).toMatchObject([{ cause: 'operator', name: 'payment.succeeded', to: 'reserving' }]);
      expect((await world.history('o1')).at(-1)).toMatchObject({
        cause: 'operator',
        name: 'payment.succeeded',
        messageId: 'seen at the bank',
        ...by,
      });
      expect(await world.sentTypes()).toEqual(['payment.request', 'stock.reserve']);
      const again = await operations.force(id, paymentSucceeded({ orderId: 'o1' }, { id: 'seen at the bank' }), by);
      expect([again.isRepeat, (await world.history('o1')).length]).toEqual([true, 3]);
    });

    test('a forced event that the state does not take, of another instance, or with data that does not fit, is refused', async () => {
      const { world, runtime, operations } = await uncertain();
      await expect(operations.force(id, stockReserved({ orderId: 'o1' }), by)).rejects.toThrow(
        'refuses event "stock.reserved": the state ignores it, or its guards do not hold.',
      );
      await expect(operations.force(id, paymentSucceeded({ orderId: 'o2' }), by)).rejects.toThrow(
        `an event of instance ${quoted('o1')}`,
      );
      const wrong: OutgoingMessage = { type: 'payment.failed', key: 'o1', data: { orderId: 'o1' } };
      await expect(operations.force(id, wrong, by)).rejects.toMatchObject({ code: 'ERR_CORE_SCHEMA_VALIDATION' });
      const unknown: OutgoingMessage = { type: 'payment.unheard', key: 'o1', data: {} };
      await expect(operations.force(id, unknown, by)).rejects.toThrow('its definition does not declare that event');
      expect(await world.history('o1')).toHaveLength(2);
      const received = receive(paymentSucceeded, { orderId: 'o1' });
      await world.apply(runtime, received);
      expect(await operations.force(id, received, by)).toMatchObject({
        isRepeat: true,
        transitions: [{ cause: 'event' }],
      });
    });

    test('a forced event begins an instance when it may, and waits for none', async () => {
      const { world, operations } = await service();
      const waiting = operations.force(id, paymentSucceeded({ orderId: 'o1' }), by);
      await expect(waiting).rejects.toThrow(
        'which has not begun, refuses event "payment.succeeded": the state would only park it',
      );
      expect(await world.parked('o1')).toEqual([]);
      await operations.force(id, orderPlaced(order('o1')), by);
      expect(await world.history('o1')).toMatchObject([
        { cause: 'operator', name: 'order.placed', to: 'paying', ...by },
      ]);
    });

    test('an action happens once when the answer of its commit is lost, whether it was committed or not', async () => {
      const world = await open();
      onTestFinished(() => world.close());
      const transactions = new UnreliableRunner(world.transactions);
      const runtime = world.runtime([orderSaga], { transactions });
      const operations = new SagaOperations({ runtime });
      for (const [n, fault] of (['after', 'before'] as const).entries()) {
        const orderId = `o${n}`;
        await world.apply(runtime, placed(orderId), receive(paymentUnclear, { orderId }));
        transactions.failNext(new CommitUnknownError(), fault);
        const report = await operations.retry({ saga: 'order', key: orderId }, by);
        expect([report.isRepeat, report.transitions.map(({ name }) => name)]).toEqual([fault === 'after', ['retry']]);
        expect((await world.history(orderId)).map(({ to }) => to)).toEqual(['paying', 'payment_uncertain', 'paying']);
      }
      expect(await world.sentTypes()).toEqual(Array(4).fill('payment.request'));
      transactions.failNext(new TransactionConflictError('it'), 'before');
      await operations.cancel({ saga: 'order', key: 'o0' }, by);
      expect(await world.state('o0')).toBe('cancelled');
    });

    test('an action with an id of its own happens once, however often and by however many it is asked for', async () => {
      const { world, operations } = await uncertain();
      const asked = Array.from({ length: 6 }, () => operations.retry(id, { ...by, id: 'ticket 7' }));
      const reports = await Promise.all(asked);
      expect(reports.filter(({ isRepeat }) => !isRepeat)).toHaveLength(1);
      expect(new Set(reports.map(({ transitions }) => transitions[0]?.number))).toEqual(new Set([3]));
      expect(await world.sentTypes()).toEqual(['payment.request', 'payment.request']);
    });

    test('an id that another action or event had is refused: nobody takes for done what was not', async () => {
      const { world, operations } = await uncertain();
      const ticket = { ...by, id: 'ticket 7' };
      await operations.retry(id, ticket);
      const forced = receive(paymentSucceeded, { orderId: 'o1' }, { id: 'ticket 7' });
      for (const other of [() => operations.cancel(id, ticket), () => operations.force(id, forced, by)]) {
        await expect(other()).rejects.toThrow(/the id "ticket 7" was given to "retry" before/);
      }
      expect([await world.state('o1'), (await world.history('o1')).length]).toEqual(['paying', 3]);
    });

    test('of people who act at the same time one does it, and the others are told what the state takes now', async () => {
      const { world, operations } = await uncertain();
      const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => operations.retry(id, by)));
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(refused).toHaveLength(5);
      for (const reason of refused) expect(reason).toMatchObject({ code: 'ERR_SAGA_ACTION_REFUSED', state: 'paying' });
      expect(await world.history('o1')).toHaveLength(3);
    });

    test('instances are listed by state, kind and age, a page at a time', async () => {
      const { world, runtime, operations } = await uncertain();
      for (let n = 2; n <= 8; n += 1) await world.apply(runtime, placed(`o${n}`));
      const first = await operations.list({ saga: 'order', states: ['paying'], limit: 4 });
      expect(first.next).not.toBeNull();
      const second = await operations.list({
        saga: 'order',
        states: ['paying'],
        limit: 4,
        after: first.next ?? undefined,
      });
      expect(second.next).toBeNull();
      const keys = [...first.instances, ...second.instances].map(({ key }) => key);
      expect(keys.sort()).toEqual(['o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8']);
      const waiting = await operations.list({ saga: 'order', kinds: ['attention'] });
      expect(waiting.instances).toMatchObject([{ key: 'o1', state: 'payment_uncertain', finishedAt: null }]);
      expect(waiting.instances[0]).not.toHaveProperty('data');
      expect((await operations.list({ saga: 'order', unchangedForMs: 86_400_000 })).instances).toEqual([]);
      await expect(operations.list({ saga: 'order', limit: 0 })).rejects.toThrow('"limit"');
    });

    test('an instance is shown with all that happened and all it waits for, and without what is personal unless asked', async () => {
      const { world, runtime, operations } = await uncertain();
      await world.apply(runtime, receive(paymentSucceeded, { orderId: 'o1' }));
      await world.apply(runtime, receive(stockFailed, { orderId: 'o1', reason: 'sold out' }));
      const shown = await operations.show(id);
      expect(shown).toMatchObject({
        instance: { ...id, state: 'refunding', kind: 'compensating', data: { customer: '[redacted]', amount: 500 } },
        timers: [{ timer: 'answer', failures: 0 }],
        takes: { events: expect.arrayContaining(['payment.refunded']) },
      });
      expect(shown.history.map(({ number, name, to }) => [number, name, to])).toEqual([
        [1, 'order.placed', 'paying'],
        [2, 'payment.unclear', 'payment_uncertain'],
        [3, 'payment.succeeded', 'reserving'],
        [4, 'stock.failed', 'refunding'],
      ]);
      const text = sagaTimeline(shown);
      expect(JSON.stringify(shown) + text).not.toContain('ada@example.org');
      expect(text).toContain('payment.succeeded');
      expect(text).toContain('payment: "asked" → "done"');
      expect(text).toContain('sent payment.refund');
      const history = shown.history.map((entry) => ({
        ...entry,
        actor: 'x\u001b[2J',
        reason: `\n${'y'.repeat(9_999)}`,
      }));
      const hostile = sagaTimeline({ ...shown, history });
      expect(hostile).not.toContain('\u001b');
      expect(hostile.split('\n').every((line) => line.length < 700)).toBe(true);
      const revealed = await operations.show(id, { reveal: true });
      expect(revealed.instance.data).toMatchObject({ customer: 'ada@example.org' });
      expect(JSON.stringify(revealed.history)).not.toContain('ada@example.org');
      await expect(operations.show({ saga: 'order', key: 'o9' })).rejects.toMatchObject({
        code: 'ERR_SAGA_INSTANCE_NOT_FOUND',
      });
    });

    test('what a newer definition redacts is not shown from older entries either, nor what parked events carry', async () => {
      const { world } = await service();
      const careless = world.runtime([defineDoorSaga({ redact: [] })]);
      await world.apply(careless, opened('d1'), receive(doorSwept, { doorId: 'd1', by: 'Bob' }));
      const door = { saga: 'door', key: 'd1' };
      const show = (redact: readonly string[], options = {}) =>
        new SagaOperations({ runtime: world.runtime([defineDoorSaga({ redact })]) }).show(door, options);
      expect(JSON.stringify(await show([]))).toContain('Ada');
      const shown = await show(['owner.name']);
      expect(shown.history[0]?.changes).toMatchObject([{ after: { owner: { name: '[redacted]', floor: 2 } } }]);
      expect(shown.parked).toMatchObject([{ type: 'door.swept' }]);
      expect(JSON.stringify(shown)).not.toMatch(/Ada|Bob/);
      expect(JSON.stringify(await show(['owner.name'], { reveal: true }))).toMatch(/Ada.*Bob/);
    });

    test('an instance of a version that this process does not have is shown, and not acted on', async () => {
      const { world, operations } = await service();
      await world.apply(world.runtime([defineOrderSaga({ version: 7 })]), placed('o1'));
      expect(await operations.show(id)).toMatchObject({
        instance: { definitionVersion: 7, state: 'paying', data: '[redacted]' },
        takes: { actions: [], events: [] },
      });
      expect((await operations.show(id, { reveal: true })).instance.data).toMatchObject({ amount: 500 });
      await expect(operations.show({ saga: 'ordr', key: 'o1' })).rejects.toThrow('"saga"');
      await expect(operations.cancel(id, by)).rejects.toMatchObject({ code: 'ERR_SAGA_UNKNOWN_DEFINITION_VERSION' });
    });

    test('a refund that failed for good is resumed by a person, and ends', async () => {
      const { world, runtime, operations } = await uncertain();
      await operations.force(id, paymentSucceeded({ orderId: 'o1' }), by);
      await world.apply(runtime, receive(stockFailed, { orderId: 'o1', reason: 'sold out' }));
      await operations.force(id, paymentRefunded({ orderId: 'o1' }), by);
      expect(await world.state('o1')).toBe('cancelled');
      await expect(operations.resume(id, by)).rejects.toThrow('It takes the actions (none)');
    });
  });
}
