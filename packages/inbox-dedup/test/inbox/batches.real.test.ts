import { DatabaseUnavailableError } from '@holdfast/sql';
import { expect, onTestFinished, test } from 'vitest';
import { describeBatches } from './describe-batches.ts';
import { kyselyPostgresWorld, postgresWorld } from './inbox-world.ts';
import { orderEnvelope } from './order-events.ts';

for (const version of [15, 18] as const) {
  describeBatches(`PostgreSQL ${version}`, () => postgresWorld({ version }));
  describeBatches(`PostgreSQL ${version}, Kysely`, () => kyselyPostgresWorld(version));
  const serializable = { isolationLevel: 'serializable' } as const;
  describeBatches(`PostgreSQL ${version}, serializable`, () => postgresWorld({ version, runner: serializable }));
}

test('a batch of 100 is recorded by one statement', async () => {
  const service = await postgresWorld({ version: 18 });
  onTestFinished(() => service.close());
  const batch = Array.from({ length: 100 }, (_, n) => ({ envelope: orderEnvelope({ id: `m${n}` }) }));
  const { records } = service.store;
  let statements = 0;
  const counting: typeof records = {
    look: (executor, entries) => records.look(executor, entries),
    forget: (executor, identity) => records.forget(executor, identity),
    record: (executor, entries) =>
      records.record(
        {
          execute(statement) {
            statements += 1;
            return executor.execute(statement);
          },
        },
        entries,
      ),
  };
  const inbox = service.inbox({ store: { ...service.store, dialect: 'postgresql', records: counting } });
  const results = await inbox.handleBatch(batch, () => {});
  expect(results.every(({ outcome }) => outcome === 'applied')).toBe(true);
  expect(statements).toBe(1);
});

test('a batch fails as a whole when the database is away, without a try for each message', async () => {
  const service = await postgresWorld({ version: 18 });
  onTestFinished(() => service.close());
  let transactions = 0;
  const away = new DatabaseUnavailableError('connect');
  const inbox = service.inbox({
    transactionAttempts: 2,
    transactions: {
      dialect: 'postgresql',
      executor: (tx) => service.transactions.executor(tx),
      execute: () => Promise.reject(away),
      transaction() {
        transactions += 1;
        return Promise.reject(away);
      },
    },
  });
  const batch = Array.from({ length: 50 }, (_, n) => ({
    envelope: orderEnvelope({ id: `m${n}`, orderId: `o${n % 3}` }),
    attempt: n % 4 === 0 ? 2 : 1,
  }));
  const results = await inbox.handleBatch(batch, () => {});
  expect(results).toEqual(batch.map(() => ({ outcome: 'failed', error: away })));
  expect(transactions).toBe(2);
});
