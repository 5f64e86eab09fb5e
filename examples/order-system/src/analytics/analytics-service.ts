import { EventRegistry, type Message } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { APPLIED_LOG_SCHEMA, AppliedLog } from '../consumer/applied-log.ts';
import type { ConsumingService, ConsumingServiceOptions } from '../consumer/consuming-service.ts';
import { ALL_EVENTS } from '../contracts/all-events.ts';
import { orderCreated } from '../contracts/order-created.ts';
import { paymentRefunded } from '../contracts/payment-refunded.ts';
import { paymentSucceeded } from '../contracts/payment-succeeded.ts';
import type { Durability, SqliteHandle } from '../sqlite/open-database.ts';
import { openServiceDatabase, type ServiceDatabase, type ServiceSchema } from '../sqlite/service-database.ts';

const SCHEMA = `
  ${APPLIED_LOG_SCHEMA}
  create table if not exists event_total (
    type text primary key,
    events integer not null,
    amount integer not null
  ) strict, without rowid;
`;

export const ANALYTICS_TABLES: ServiceSchema = { schema: SCHEMA, sets: [sqliteInboxMigrations] };

const EVENTS = new EventRegistry(ALL_EVENTS);

/** Counts all events, and adds up what was ordered, paid and given back. The only writer of the analytics database. */
export class AnalyticsService implements ConsumingService {
  readonly name = 'analytics';
  readonly types = EVENTS.types;
  readonly inbox: Inbox<SqliteHandle>;
  readonly #db: SqliteHandle;
  readonly #log: AppliedLog;
  readonly #count;

  constructor({ handle, transactions }: ServiceDatabase, { maxUnfinished = 3 }: ConsumingServiceOptions = {}) {
    const store = new SqliteInboxStore();
    this.inbox = new Inbox({ consumer: this.name, store, transactions, events: EVENTS, maxUnfinished });
    this.#db = handle;
    this.#log = new AppliedLog(handle);
    this.#count = handle.prepare(
      `insert into event_total values (?, 1, ?)
       on conflict do update set events = events + 1, amount = amount + excluded.amount`,
    );
  }

  static async open(file: string, outlives?: Durability): Promise<AnalyticsService> {
    return new AnalyticsService(await openServiceDatabase(file, ANALYTICS_TABLES, outlives));
  }

  readonly work = (message: Message): void => {
    this.#log.add(message);
    this.#count.run(message.type, amountOf(message));
  };

  close(): void {
    this.#db.close();
  }
}

/** In minor units; 0 where no money changed hands. */
function amountOf(message: Message): number {
  if (orderCreated.is(message)) return message.data.totalAmount;
  return paymentSucceeded.is(message) || paymentRefunded.is(message) ? message.data.amount : 0;
}
