import { defineSaga, final, type SagaRuntime } from '@holdfast/saga';
import { isRetryableTransactionError, retryTransaction } from '@holdfast/sql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { orderPlaced, paymentFailed, paymentSucceeded, stockReserved } from '../shop/events.ts';
import { defineOrderSaga, orderSaga } from '../shop/order-saga.ts';
import { defineParcelSaga, parcelCreated, parcelFilled, parcelOpened } from './parcel-saga.ts';
import { receive, type SagaWorld } from './saga-world.ts';

const order = (orderId: string) => ({ orderId, customer: 'ada@example.org', amount: 500, sku: 'tea', quantity: 2 });
const placed = (orderId: string) => receive(orderPlaced, order(orderId));
const paid = (orderId: string) => receive(paymentSucceeded, { orderId });

/** What holds on every database and by every runner. */
export function describeSagaRuntime<Tx>(name: string, open: () => Promise<SagaWorld<Tx>>): void {
  const world = async () => {
    const opened = await open();
    onTestFinished(() => opened.close());
    return opened;
  };

  /** As an inbox does: again after a conflict. */
  const apply = (
    service: SagaWorld<Tx>,
    runtime: SagaRuntime<Tx>,
    ...messages: Parameters<typeof service.apply>[1][]
  ) => retryTransaction(() => service.apply(runtime, ...messages), { attempts: 20 });

  describe(`the saga runtime on ${name}`, () => {
    test('an event is one transaction with its instance, history, timers and what is sent', async () => {
      const service = await world();
      const runtime = service.runtime([orderSaga]);
      await service.apply(runtime, placed('o1'));
      expect([await service.state('o1'), await service.timers('o1')]).toEqual(['paying', ['answer']]);
      expect(await service.sent()).toMatchObject([{ type: 'payment.request', key: 'o1' }]);
      const [entry] = await service.history('o1');
      expect(entry).toMatchObject({ number: 1, cause: 'event', name: 'order.placed', from: null, to: 'paying' });
      expect(JSON.stringify(entry)).not.toContain('ada@');
      expect(service.told('transition')).toMatchObject([
        { saga: 'order', key: 'o1', from: null, to: 'paying', kind: 'active', sent: ['payment.request'] },
      ]);
    });

    test('a transaction that is rolled back leaves nothing', async () => {
      const service = await world();
      const runtime = service.runtime([orderSaga]);
      const failing = service.transactions.transaction(async (tx) => {
        await runtime.apply(tx, [placed('o1')]);
        throw new Error('the service changed its mind');
      });
      await expect(failing).rejects.toThrow('changed its mind');
      expect([await service.state('o1'), await service.sent(), await service.timers('o1')]).toEqual([null, [], []]);
    });

    test('events of many instances in one transaction do what they do one by one', async () => {
      const service = await world();
      const runtime = service.runtime([orderSaga]);
      const keys = Array.from({ length: 20 }, (_, n) => `o${n}`);
      await service.apply(runtime, ...keys.map(placed), ...keys.map(paid));
      await service.apply(runtime, ...keys.map((orderId) => receive(stockReserved, { orderId })));
      expect(await Promise.all(keys.map((key) => service.state(key)))).toEqual(keys.map(() => 'delivering'));
      expect((await service.history('o7')).map(({ to }) => to)).toEqual(['paying', 'reserving', 'delivering']);
      expect((await service.sent()).length).toBe(60);
    });

    test('S7: of starts at once one makes the instance, and nobody learns of the others but by "ignored"', async () => {
      const service = await world();
      const runtimes = [service.runtime([orderSaga]), service.runtime([orderSaga])];
      await Promise.all(Array.from({ length: 8 }, (_, n) => apply(service, runtimes[n % 2]!, placed('o1'))));
      expect(await service.sentTypes()).toEqual(['payment.request']);
      expect(await service.history('o1')).toHaveLength(1);
      expect(service.told('ignored').length).toBeGreaterThanOrEqual(7);
    });

    test('S8: events at once for one instance are taken one after another, and none is lost', async () => {
      const service = await world();
      const runtime = service.runtime([defineParcelSaga()]);
      await service.apply(
        runtime,
        receive(parcelCreated, { parcelId: 'p1' }),
        receive(parcelOpened, { parcelId: 'p1' }),
      );
      const items = Array.from({ length: 12 }, (_, n) => `item ${n}`);
      await Promise.all(items.map((item) => apply(service, runtime, receive(parcelFilled, { parcelId: 'p1', item }))));
      const { items: filled } = (await service.data('p1', 'parcel')) as { readonly items: string[] };
      expect([...filled].sort()).toEqual([...items].sort());
      expect((await service.history('p1', 'parcel')).map(({ number }) => number)).toEqual(
        Array.from({ length: 14 }, (_, n) => n + 1),
      );
    });

    test('S8: transactions over the same instances in any order wait for each other and end', async () => {
      const service = await world();
      const runtime = service.runtime([defineParcelSaga()]);
      const keys = ['a', 'b', 'c', 'd'];
      const all = (event: typeof parcelCreated | typeof parcelOpened, order: readonly string[]) =>
        order.map((parcelId) => receive(event, { parcelId }));
      await service.apply(runtime, ...all(parcelCreated, keys), ...all(parcelOpened, keys));
      const orders = [keys, keys.toReversed(), ['c', 'a', 'd', 'b'], ['b', 'd', 'a', 'c']];
      await Promise.all(
        [...orders, ...orders].map((order, n) =>
          apply(service, runtime, ...order.map((parcelId) => receive(parcelFilled, { parcelId, item: `item ${n}` }))),
        ),
      );
      for (const key of keys)
        expect((await service.data(key, 'parcel')) as object).toMatchObject({ items: { length: 8 } });
    });

    test('S7: events that race with the start of their instance are taken, whoever is first', async () => {
      const service = await world();
      const runtime = service.runtime([defineParcelSaga()]);
      const keys = Array.from({ length: 6 }, (_, n) => `p${n}`);
      await Promise.all(
        keys.flatMap((parcelId) => [
          apply(service, runtime, receive(parcelFilled, { parcelId, item: 'tea' })),
          apply(service, runtime, receive(parcelCreated, { parcelId })),
          apply(service, runtime, receive(parcelOpened, { parcelId })),
        ]),
      );
      for (const key of keys) {
        expect([await service.state(key, 'parcel'), await service.parked(key, 'parcel')]).toEqual(['open', []]);
        expect(await service.data(key, 'parcel')).toMatchObject({ items: ['tea'] });
      }
    });

    test('an instance goes on by the version that it began with, and new ones begin by the newest', async () => {
      const service = await world();
      await service.apply(service.runtime([orderSaga]), placed('old'));
      const both = service.runtime([defineOrderSaga({ version: 2 }), orderSaga]);
      await service.apply(both, placed('new'), paid('old'), paid('new'));
      const versions = await service.inspect('select key, definition_version as v from holdfast_saga order by key');
      expect(versions.map(({ key, v }) => [key, Number(v)])).toEqual([
        ['new', 2],
        ['old', 1],
      ]);
      const newest = service.runtime([defineOrderSaga({ version: 2 })]);
      await expect(service.apply(newest, paid('old'))).rejects.toMatchObject({
        code: 'ERR_SAGA_UNKNOWN_DEFINITION_VERSION',
        failureClass: 'transient',
      });
    });

    test('sagas that share an event take it in one transaction', async () => {
      const service = await world();
      const watch = defineSaga({
        name: 'watch',
        events: { orderPlaced },
        states: { seen: final<{ readonly orderId: string }>() },
        start: { orderPlaced: { to: 'seen', data: ({ data: { orderId } }) => ({ orderId }) } },
        on: {},
        unexpected: 'ignore',
        unmatched: 'ignore',
        retentionMs: 1_000,
      });
      await service.apply(service.runtime([orderSaga, watch]), placed('o1'));
      expect([await service.state('o1'), await service.state('o1', 'watch')]).toEqual(['paying', 'seen']);
    });

    test('a conflict of versions is an error that is run again', async () => {
      const service = await world();
      const runtime = service.runtime([orderSaga]);
      await service.apply(runtime, placed('o1'));
      const late = service.transactions.transaction(async (tx) => {
        const instances = await runtime.parts.sagas.load(tx, [{ saga: 'order', key: 'o1' }]);
        const executor = service.transactions.executor(tx);
        // What a lock keeps others from; a transaction without one would meet it.
        await executor.execute({ text: 'update holdfast_saga set version = version + 1', values: [] });
        for (const instance of instances.values())
          instance.offer(receive(paymentFailed, { orderId: 'o1', reason: 'no' }));
        await runtime.parts.sagas.write(tx, instances.values());
      });
      const error = await late.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(isRetryableTransactionError(error)).toBe(true);
      expect([await service.state('o1'), await service.timers('o1')]).toEqual(['paying', ['answer']]);
    });
  });
}
