import {
  type AnyEventDefinition,
  type Enqueuer,
  type Message,
  MessageEncoder,
  type OutgoingMessage,
} from '@holdfast/core';
import {
  type AnySagaDefinition,
  PostgresSagaStore,
  postgresSagaMigrations,
  type SagaEvent,
  SagaRuntime,
  type SagaRuntimeOptions,
  type SagaStore,
  SqliteSagaStore,
  sqliteSagaMigrations,
  type TimedHistoryEntry,
} from '@holdfast/saga';
import {
  type LeaseStore,
  Migrator,
  PostgresLeaseStore,
  postgresLeaseMigrations,
  SqliteLeaseStore,
  sqliteLeaseMigrations,
  type TransactionRunner,
} from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { type PgTransaction, PgTransactionRunner, type PgTransactionRunnerOptions } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { Kysely, PostgresDialect } from 'kysely';
import { afterAll } from 'vitest';

export interface SagaWorldParts<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  readonly store: SagaStore;
  readonly leases: LeaseStore;
  readonly inspect: (text: string) => Promise<readonly Record<string, unknown>[]>;
  readonly elapse: (ms: number) => Promise<void>;
  readonly close: () => void | Promise<void>;
}

/** A service that runs sagas; what they send leaves a row. */
export class SagaWorld<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  readonly store: SagaStore;
  readonly leases: LeaseStore;
  readonly events: SagaEvent[] = [];
  readonly #parts: SagaWorldParts<Tx>;

  constructor(parts: SagaWorldParts<Tx>) {
    this.transactions = parts.transactions;
    this.store = parts.store;
    this.leases = parts.leases;
    this.#parts = parts;
  }

  runtime(definitions: readonly AnySagaDefinition[], options: Partial<SagaRuntimeOptions<Tx>> = {}): SagaRuntime<Tx> {
    const { transactions, store, outbox } = this;
    const onEvent = (event: SagaEvent) => void this.events.push(event);
    return new SagaRuntime({ definitions, store, transactions, outbox, onEvent, ...options });
  }

  readonly outbox: Enqueuer<Tx> = {
    enqueue: async (tx, messages) => {
      const executor = this.transactions.executor(tx);
      const place = (n: number) => (this.transactions.dialect === 'postgresql' ? `$${n}` : `?${n}`);
      const places = [1, 2, 3, 4, 5].map(place).join(', ');
      for (const { type, id, key, correlationId, causationId } of messages) {
        await executor.execute({
          text: `insert into sent (type, id, key, correlation, causation) values (${places})`,
          values: [type, id, key ?? null, correlationId ?? null, causationId ?? null],
        });
      }
    },
  };

  /** What was sent and committed, in its order. */
  sent(): Promise<readonly Record<string, unknown>[]> {
    return this.#parts.inspect('select type, id, key, correlation, causation from sent order by n');
  }

  async sentTypes(): Promise<readonly string[]> {
    return (await this.sent()).map(({ type }) => String(type));
  }

  /** Applies messages in one transaction, as an inbox would that has recorded them. */
  apply(runtime: SagaRuntime<Tx>, ...messages: readonly Message[]): Promise<void> {
    return this.transactions.transaction((tx) => runtime.apply(tx, messages));
  }

  async state(key: string, saga = 'order'): Promise<string | null> {
    return (await this.store.queries.find(this.transactions, { saga, key }))?.state ?? null;
  }

  async data(key: string, saga = 'order'): Promise<unknown> {
    return JSON.parse((await this.store.queries.find(this.transactions, { saga, key }))?.data ?? 'null');
  }

  history(key: string, saga = 'order'): Promise<readonly TimedHistoryEntry[]> {
    return this.store.queries.history(this.transactions, { saga, key });
  }

  async timers(key: string, saga = 'order'): Promise<readonly string[]> {
    const timers = await this.store.queries.timers(this.transactions, { saga, key });
    return timers.map(({ timer }) => timer).sort();
  }

  async parked(key: string, saga = 'order'): Promise<readonly string[]> {
    const parked = await this.store.queries.parked(this.transactions, { saga, key });
    return parked.map(({ id }) => id);
  }

  inspect(text: string): Promise<readonly Record<string, unknown>[]> {
    return this.#parts.inspect(text);
  }

  /** Makes timers and what is kept older. */
  elapse(ms: number): Promise<void> {
    return this.#parts.elapse(ms);
  }

  /** The events of a kind that were told. */
  told<Kind extends SagaEvent['type']>(kind: Kind) {
    return this.events.filter((event): event is Extract<SagaEvent, { readonly type: Kind }> => event.type === kind);
  }

  async close(): Promise<void> {
    await this.#parts.close();
  }
}

let count = 0;

/** A message as it is received. */
export function receive<Definition extends AnyEventDefinition>(
  event: Definition,
  data: Parameters<Definition>[0],
  { id, ...extensions }: { readonly id?: string; readonly correlationId?: string } = {},
): Message {
  count += 1;
  const message = event(data, { id: id ?? `m${count}`, ...extensions }) as OutgoingMessage;
  return event.decode(new MessageEncoder({ source: '/test' }).encode(message)) as Message;
}

const databases = new Map<15 | 18, Promise<PostgresTestDatabase>>();

/** One for each file and version: emptying it is much faster than making another. */
async function emptyPostgres(version: 15 | 18): Promise<PostgresTestDatabase> {
  const database = databases.get(version) ?? migrated(version);
  databases.set(version, database);
  const tables = ['saga', 'saga_history', 'saga_timer', 'saga_parked', 'lease'].map((table) => `holdfast_${table}`);
  await (await database).pool.query(`truncate sent, ${tables.join(', ')}`);
  return database;
}

async function migrated(version: 15 | 18): Promise<PostgresTestDatabase> {
  const database = await postgresTestDatabase(version);
  await new Migrator({ database: database.database, sets: [postgresLeaseMigrations, postgresSagaMigrations] }).up();
  const columns = 'type text not null, id text not null, key text, correlation text, causation text';
  await database.pool.query(`create table sent (n int generated always as identity, ${columns})`);
  return database;
}

afterAll(async () => {
  for (const database of databases.values()) await (await database).drop();
});

export async function postgresWorld(
  version: 15 | 18,
  {
    pipeline = true,
    deferToCommit = false,
    ...runner
  }: PgTransactionRunnerOptions & { readonly pipeline?: boolean; readonly deferToCommit?: boolean } = {},
): Promise<SagaWorld<PgTransaction>> {
  const database = await emptyPostgres(version);
  const pool = database.openPool({ pipeline });
  return new SagaWorld({
    transactions: new PgTransactionRunner(pool, runner),
    ...postgresParts(database),
    store: new PostgresSagaStore({ deferToCommit }),
    close: () => pool.end(),
  });
}

export async function kyselyPostgresWorld(version: 15 | 18) {
  const database = await emptyPostgres(version);
  const db = new Kysely<object>({ dialect: new PostgresDialect({ pool: database.openPool() }) });
  return new SagaWorld({
    transactions: new KyselyTransactionRunner(db, { dialect: 'postgresql' }),
    ...postgresParts(database),
    close: () => db.destroy(),
  });
}

function postgresParts({ database, pool }: PostgresTestDatabase) {
  return {
    store: new PostgresSagaStore(),
    leases: new PostgresLeaseStore({ database }),
    inspect: async (text: string) => (await pool.query(text)).rows,
    elapse: async (ms: number) => {
      const back = (column: string) => `${column} = ${column} - ${ms} * interval '1 ms'`;
      await pool.query(`update holdfast_saga_timer set ${back('due_at')}`);
      await pool.query(`update holdfast_saga set ${back('purge_at')}`);
      await pool.query(`update holdfast_saga_parked set ${back('parked_at')}`);
    },
  };
}

export async function sqliteWorld() {
  const test = sqliteTestDatabase();
  test.handle.pragma('synchronous = OFF');
  await new Migrator({ database: test.database, sets: [sqliteLeaseMigrations, sqliteSagaMigrations] }).up();
  const columns = 'type text not null, id text not null, key text, correlation text, causation text';
  test.handle.exec(`create table sent (n integer primary key, ${columns})`);
  const handle = test.open();
  handle.pragma('synchronous = OFF');
  return new SagaWorld({
    transactions: new BetterSqlite3TransactionRunner(handle),
    store: new SqliteSagaStore(),
    leases: new SqliteLeaseStore({ database: test.database }),
    inspect: async (text) => test.handle.prepare(text).all() as Record<string, unknown>[],
    elapse: async (ms) => {
      test.handle.exec(`update holdfast_saga_timer set due_at = due_at - ${ms}`);
      test.handle.exec(`update holdfast_saga set purge_at = purge_at - ${ms}`);
      test.handle.exec(`update holdfast_saga_parked set parked_at = parked_at - ${ms}`);
    },
    close: () => test.drop(),
  });
}
