import type { Envelope } from '@holdfast/core';
import { Relay, SqliteOutboxStore } from '@holdfast/outbox';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { openDatabase } from '../src/sqlite/open-database.ts';

export interface SentAnswer {
  readonly type: string;
  readonly key: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a service has sent, in commit order: relayed from its outbox, once. */
export async function sentAnswers(file: string): Promise<readonly SentAnswer[]> {
  const sent: Envelope[] = [];
  const db = openDatabase(file);
  const relay = new Relay({
    store: new SqliteOutboxStore({ database: new BetterSqlite3Database(db) }),
    publisher: {
      publish: async (batch) => {
        sent.push(...batch);
        return batch.map(() => ({ outcome: 'accepted' }));
      },
    },
  });
  await relay.runOnce();
  await relay.stop();
  db.close();
  return sent.map(({ type, key, attributes, body }) => ({
    type,
    key,
    attributes,
    data: JSON.parse(new TextDecoder().decode(body)) as SentAnswer['data'],
  }));
}
