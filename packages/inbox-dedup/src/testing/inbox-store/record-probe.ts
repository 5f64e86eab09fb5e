import type { RecordEntry, Recorded } from '../../store/record-store.ts';
import type { InboxStoreFixture, StoreTransaction } from './inbox-store-fixture.ts';

export function entry(id: string, content = 'the message'): RecordEntry {
  return { consumer: 'payment', source: '/orders', id, digest: Buffer.from(content.padEnd(16).slice(0, 16)) };
}

/** Records in a transaction of its own. */
export async function committed(fixture: InboxStoreFixture, ...entries: RecordEntry[]): Promise<readonly Recorded[]> {
  const tx: StoreTransaction = await fixture.begin();
  try {
    const answers = await fixture.store.records.record(tx.executor, entries);
    await tx.commit();
    return answers;
  } catch (error) {
    await tx.rollback();
    throw error;
  }
}

export function watched<Answer>(answer: Promise<Answer>): { readonly answer: Promise<Answer>; settled(): boolean } {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  answer.then(settle, settle);
  return { answer, settled: () => isSettled };
}

/** As long as several statements of somebody else take. */
export async function roundTrips({ store, executor }: InboxStoreFixture): Promise<void> {
  for (let trip = 0; trip < 5; trip += 1) await store.records.look(executor, [entry('somebody else')]);
}
