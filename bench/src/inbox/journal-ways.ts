import type pg from 'pg';
import type { EffectWay } from './effect-ways.ts';
import type { InboxDatabase } from './inbox-database.ts';

export async function journalWays(_database: InboxDatabase, _pool: pg.Pool): Promise<readonly EffectWay[]> {
  return [];
}
