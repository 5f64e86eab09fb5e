import { TableNames } from '@holdfast/sql';
import { PgListener, type PgListenerOptions, type PgListenerStatus } from '@holdfast/sql/pg';
import { notificationChannel } from './notification-channel.ts';

export interface PostgresQueueListenerOptions
  extends Omit<PgListenerOptions, 'channel' | 'onNotification' | 'onListening'> {
  /** Whose readers are woken. */
  readonly transport: { wake(): void };
  /** @default as for the transport */
  readonly names?: TableNames;
}

/**
 * Wakes the waiting readers of a transport when a {@link PostgresQueueNotifier} of another process tells that something was
 * published. Optional: readers poll anyway. It needs a session of its own, past a proxy that pools by transaction.
 */
export class PostgresQueueListener {
  readonly #listener: PgListener;

  constructor({ transport, names = new TableNames(), ...options }: PostgresQueueListenerOptions) {
    const wake = () => transport.wake();
    this.#listener = new PgListener({
      ...options,
      channel: notificationChannel(names),
      onNotification: wake,
      // What was notified while nobody listened is lost.
      onListening: wake,
    });
  }

  start(): void {
    this.#listener.start();
  }

  stop(): Promise<void> {
    return this.#listener.stop();
  }

  status(): PgListenerStatus {
    return this.#listener.status();
  }
}
