import {
  createReplicationSemaphoreConcurrencyController,
  DatabaseSetup,
  getDisabledLogger,
  initializeReplicationMessageListener,
} from 'pg-transactional-outbox';
import type { Round } from '../harness/alternate.ts';
import type { BenchDatabase } from '../harness/bench-postgres.ts';
import type { Meter } from '../harness/meter.ts';
import { orderMessage } from '../outbox/order-message.ts';

/** Messages that are handled at the same time, each in a transaction of its own connection. */
const PARALLEL = 20;

export interface ReplicationRoundOptions {
  readonly meter: Meter;
  readonly count: number;
  /** Resolves when the message is confirmed. */
  readonly publish: (id: string, payload: unknown) => Promise<void>;
}

/**
 * pg-transactional-outbox as a relay, at its best settings: logical replication, a semaphore, no bookkeeping of attempts. Needs
 * a server with `wal_level = logical`.
 */
export class TransactionalOutboxRelay {
  readonly #database: BenchDatabase;
  readonly #names: Parameters<typeof DatabaseSetup.setupReplicationCore>[0];

  private constructor(database: BenchDatabase) {
    this.#database = database;
    this.#names = {
      outboxOrInbox: 'outbox',
      database: new URL(database.url).pathname.slice(1),
      schema: 'public',
      table: 'transactional_outbox',
      listenerRole: 'postgres',
      publication: 'transactional_outbox',
      replicationSlot: 'transactional_outbox',
    };
  }

  static async create(database: BenchDatabase): Promise<TransactionalOutboxRelay> {
    const relay = new TransactionalOutboxRelay(database);
    const pool = database.pool({ max: 1 });
    await pool.query(DatabaseSetup.dropAndCreateTable(relay.#names));
    await pool.query(DatabaseSetup.setupReplicationCore(relay.#names));
    // A slot must not be created in a transaction, which several statements in one call would be.
    await pool.query(`select pg_create_logical_replication_slot('${relay.#names.replicationSlot}', 'pgoutput')`);
    return relay;
  }

  /** Commits messages and relays them; measured from the first to the last confirm. */
  async relay({ meter, count, publish }: ReplicationRoundOptions): Promise<Round> {
    await this.#fill(count);
    const { promise, resolve } = Promise.withResolvers<Round>();
    let confirmed = 0;
    let begun = false;
    const handle = async ({ id, payload }: { readonly id: string; readonly payload: unknown }) => {
      if (!begun) meter.start();
      begun = true;
      await publish(id, payload);
      confirmed += 1;
      if (confirmed === count) resolve({ ...meter.stop(), count });
    };
    const { publication, replicationSlot, table, schema } = this.#names;
    const [shutdown] = initializeReplicationMessageListener(
      {
        outboxOrInbox: 'outbox',
        dbListenerConfig: { connectionString: this.#database.url },
        dbHandlerConfig: { connectionString: this.#database.url, ...{ max: PARALLEL } },
        settings: {
          dbSchema: schema,
          dbTable: table,
          dbPublication: publication,
          dbReplicationSlot: replicationSlot,
          enableMaxAttemptsProtection: false,
          enablePoisonousMessageProtection: false,
        },
      },
      { handle },
      getDisabledLogger(),
      { concurrencyStrategy: createReplicationSemaphoreConcurrencyController(PARALLEL) },
    );
    const round = await promise;
    await shutdown();
    return round;
  }

  /** The slot keeps the database from being dropped. */
  async drop(): Promise<void> {
    await this.#database.pool({ max: 1 }).query('select pg_drop_replication_slot($1)', [this.#names.replicationSlot]);
  }

  async #fill(count: number): Promise<void> {
    const pool = this.#database.pool({ max: 1 });
    await pool.query(
      `insert into ${this.#names.table} (id, aggregate_type, aggregate_id, message_type, concurrency, payload) ` +
        "select gen_random_uuid(), 'order', n::text, 'order.placed', 'parallel', $1::jsonb from generate_series(1, $2::int) n",
      [JSON.stringify(orderMessage(1).data), count],
    );
    await pool.query(`vacuum (analyze) ${this.#names.table}`);
  }
}
