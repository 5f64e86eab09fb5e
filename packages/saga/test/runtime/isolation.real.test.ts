import { retryTransaction } from '@holdfast/sql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defineParcelSaga, parcelCreated, parcelFilled, parcelOpened } from './parcel-saga.ts';
import { postgresWorld, receive } from './saga-world.ts';

const levels = ['repeatable read', 'serializable'] as const;

async function world(isolationLevel: (typeof levels)[number]) {
  const service = await postgresWorld(18, { isolationLevel });
  onTestFinished(() => service.close());
  return service;
}

describe('isolation levels', () => {
  test('S7: where a transaction does not see who has begun meanwhile, no event is parked beside an instance that never looks for it', async () => {
    const service = await world('repeatable read');
    const parking = service.runtime([defineParcelSaga()]);
    await expect(service.apply(parking, receive(parcelOpened, { parcelId: 'p1' }))).rejects.toMatchObject({
      code: 'ERR_SAGA_ISOLATION_LEVEL',
      failureClass: 'transient',
    });
    const runtime = service.runtime([defineParcelSaga({ unmatched: 'fail' })]);
    await service.apply(runtime, receive(parcelCreated, { parcelId: 'p1' }));
    expect(await service.state('p1', 'parcel')).toBe('created');
  });

  test('S7, S8: at "serializable" events and starts that race are each taken once', async () => {
    const service = await world('serializable');
    const runtime = service.runtime([defineParcelSaga()]);
    const apply = (...messages: Parameters<typeof service.apply>[1][]) =>
      retryTransaction(() => service.apply(runtime, ...messages), { attempts: 100, maxDelayMs: 50 });
    const keys = ['p1', 'p2', 'p3', 'p4'];
    await Promise.all(
      keys.flatMap((parcelId) => [
        apply(receive(parcelFilled, { parcelId, item: 'tea' })),
        apply(receive(parcelOpened, { parcelId })),
        apply(receive(parcelCreated, { parcelId })),
      ]),
    );
    for (const key of keys) {
      expect([await service.state(key, 'parcel'), await service.parked(key, 'parcel')]).toEqual(['open', []]);
    }
  });
});
