import type { PurgeRequest } from '../store/retention-store.ts';
import type { UpkeepProbe } from './upkeep-rule.ts';

export const RETENTION_MS = 15 * 86_400_000;
export const digest = new Uint8Array(16).fill(7);

export async function record({ store, executor }: UpkeepProbe, ...ids: string[]): Promise<void> {
  const entries = ids.map((id) => ({ consumer: 'payment', source: '/orders', id, digest }));
  await store.records.record(executor, entries);
}

export async function kept({ store, executor }: UpkeepProbe, ids: readonly string[]): Promise<readonly string[]> {
  const entries = ids.map((id) => ({ consumer: 'payment', source: '/orders', id, digest }));
  const recorded = await store.records.look(executor, entries);
  return ids.filter((_, index) => recorded[index] === 'duplicate');
}

export async function report(
  { store, executor }: UpkeepProbe,
  { consumer = 'payment', instance = 'one', oldestAgeMs = 0 } = {},
): Promise<void> {
  await store.retention.report(executor, { consumer, instance, oldestAgeMs });
}

export function purge({ store, executor }: UpkeepProbe, request: Partial<PurgeRequest> = {}) {
  const usual = { consumer: 'payment', rows: 'records', retentionMs: RETENTION_MS, limit: 100, from: null } as const;
  return store.retention.purge(executor, { ...usual, ...request });
}

export async function purgeAll(probe: UpkeepProbe): Promise<number> {
  let total = 0;
  for (let from: string | null = null; ; ) {
    const { removed, next } = await purge(probe, { limit: 50, from });
    total += removed;
    from = next;
    if (removed === 0) return total;
  }
}
