import type { Envelope } from '@holdfast/core';
import type pg from 'pg';
import {
  createReplicationSemaphoreConcurrencyController,
  DatabaseSetup,
  getDisabledLogger,
  initializeMessageStorage,
  initializeReplicationMessageListener,
  type MessageStorage,
} from 'pg-transactional-outbox';
import { chargeOfData, insertCharge } from './charge.ts';
import type { InboxDatabase } from './inbox-database.ts';

/** Messages that are handled at the same time, each in a transaction of its own connection. */
const PARALLEL = 20;

/**
 * pg-transactional-outbox as an inbox, at its best settings: a message is stored when it comes, and handled when logical
 * replication tells of it, without bookkeeping of attempts. Needs a server with `wal_level = logical`.
 */
export class TransactionalInbox {
  readonly #database: InboxDatabase;
  readonly #pool: pg.Pool;
  readonly #store: MessageStorage;
  readonly #names: Parameters<typeof DatabaseSetup.setupReplicationCore>[0];

  private constructor(database: InboxDatabase) {
    this.#database = database;
    this.#pool = database.pool({ max: PARALLEL });
    this.#names = {
      outboxOrInbox: 'inbox',
      database: new URL(database.database.url).pathname.slice(1),
      schema: 'public',
      table: 'transactional_inbox',
      listenerRole: 'postgres',
      publication: 'transactional_inbox',
      replicationSlot: 'transactional_inbox',
    };
    this.#store = initializeMessageStorage({ outboxOrInbox: 'inbox', settings: this.#settings() }, getDisabledLogger());
  }

  static async create(database: InboxDatabase): Promise<TransactionalInbox> {
    const inbox = new TransactionalInbox(database);
    await database.run(DatabaseSetup.dropAndCreateTable(inbox.#names));
    await database.run(DatabaseSetup.setupReplicationCore(inbox.#names));
    // A slot must not be created in a transaction, which several statements in one call would be.
    await database.run(`select pg_create_logical_replication_slot('${inbox.#names.replicationSlot}', 'pgoutput')`);
    return inbox;
  }

  /** Begins to handle what is stored. `onHandled` is called before the transaction commits. */
  listen(onHandled: () => void): () => Promise<void> {
    const [shutdown] = initializeReplicationMessageListener(
      {
        outboxOrInbox: 'inbox',
        dbListenerConfig: { connectionString: this.#database.database.url },
        dbHandlerConfig: { connectionString: this.#database.database.url, ...{ max: PARALLEL } },
        settings: this.#settings(),
      },
      {
        handle: async ({ payload }, client) => {
          await client.query(insertCharge(chargeOfData(payload)));
          onHandled();
        },
      },
      getDisabledLogger(),
      { concurrencyStrategy: createReplicationSemaphoreConcurrencyController(PARALLEL) },
    );
    return shutdown;
  }

  /** Keeps messages, each by a statement of its own. */
  async store(messages: readonly Envelope[]): Promise<void> {
    const client = await this.#pool.connect();
    try {
      for (const message of messages) await this.#store(storable(message), client);
    } finally {
      client.release();
    }
  }

  /** The slot keeps the database from being dropped. */
  async drop(): Promise<void> {
    await this.#database.run('select pg_drop_replication_slot($1)', [this.#names.replicationSlot]);
  }

  #settings() {
    return {
      dbSchema: this.#names.schema,
      dbTable: this.#names.table,
      dbPublication: this.#names.publication,
      dbReplicationSlot: this.#names.replicationSlot,
      enableMaxAttemptsProtection: false,
      enablePoisonousMessageProtection: false,
    };
  }
}

function storable({ id, type, body }: Envelope) {
  const payload: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  const concurrency = 'parallel' as const;
  return { id, aggregateType: 'order', aggregateId: id, messageType: type, payload, concurrency };
}
