import { EventRegistry, type Message, summarizeError } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { APPLIED_LOG_SCHEMA, AppliedLog } from '../consumer/applied-log.ts';
import type { ConsumingService, ConsumingServiceOptions } from '../consumer/consuming-service.ts';
import { orderCancelled } from '../contracts/order-cancelled.ts';
import { orderCompleted } from '../contracts/order-completed.ts';
import { paymentFailed } from '../contracts/payment-failed.ts';
import type { Durability, SqliteHandle } from '../sqlite/open-database.ts';
import { openServiceDatabase, type ServiceDatabase, type ServiceSchema } from '../sqlite/service-database.ts';

export const NOTIFICATION_TABLES: ServiceSchema = {
  schema: `
    ${APPLIED_LOG_SCHEMA}
    create table if not exists notification (
      message_id text not null,
      order_id text not null,
      text text not null,
      -- Why it was not delivered; null: it was.
      failure text,
      notified_at text not null
    ) strict;
    create index if not exists notification_by_order on notification (order_id);
  `,
  sets: [sqliteInboxMigrations],
};

const EVENTS = new EventRegistry([orderCompleted, orderCancelled, paymentFailed]);

export interface NotificationServiceOptions extends ConsumingServiceOptions {
  /** Tells a customer. What it throws is written down, and nothing else. @default nobody is told */
  readonly tell?: (orderId: string, text: string) => void;
}

/** Tells customers how their orders ended, as well as it can: one who cannot be told holds up nothing. The only writer of its database. */
export class NotificationService implements ConsumingService {
  readonly name = 'notification';
  readonly types = EVENTS.types;
  readonly inbox: Inbox<SqliteHandle>;
  readonly #db: SqliteHandle;
  readonly #log: AppliedLog;
  readonly #add;
  readonly #tell: NonNullable<NotificationServiceOptions['tell']>;

  constructor(
    { handle, transactions }: ServiceDatabase,
    { maxUnfinished = 3, tell = () => {} }: NotificationServiceOptions = {},
  ) {
    const store = new SqliteInboxStore();
    this.inbox = new Inbox({ consumer: this.name, store, transactions, events: EVENTS, maxUnfinished });
    this.#db = handle;
    this.#tell = tell;
    this.#log = new AppliedLog(handle);
    this.#add = handle.prepare('insert into notification values (?, ?, ?, ?, ?)');
  }

  static async open(
    file: string,
    { outlives, ...options }: NotificationServiceOptions & { readonly outlives?: Durability } = {},
  ): Promise<NotificationService> {
    return new NotificationService(await openServiceDatabase(file, NOTIFICATION_TABLES, outlives), options);
  }

  readonly work = (message: Message): void => {
    this.#log.add(message);
    const { orderId, text } = noticeOf(message);
    this.#add.run(message.id, orderId, text, this.#failureOf(orderId, text), new Date().toISOString());
  };

  close(): void {
    this.#db.close();
  }

  #failureOf(orderId: string, text: string): string | null {
    try {
      this.#tell(orderId, text);
      return null;
    } catch (error) {
      return summarizeError(error);
    }
  }
}

function noticeOf(message: Message): { readonly orderId: string; readonly text: string } {
  if (orderCancelled.is(message)) {
    const { orderId, cancellationReason } = message.data;
    return { orderId, text: `Your order was cancelled: ${cancellationReason}.` };
  }
  if (paymentFailed.is(message)) {
    const { orderId, failureReason } = message.data;
    return { orderId, text: `Your order could not be paid: ${failureReason}.` };
  }
  return { orderId: message.key ?? '', text: 'Your order is on its way.' };
}
