import { TableNames } from '@holdfast/sql';
import { PgListener, type PgListenerOptions, type PgListenerStatus } from '@holdfast/sql/pg';
import type { WakeUp } from '../wake-up.ts';
import { notificationChannel } from './notification-channel.ts';

export interface PostgresWakeUpListenerOptions
  extends Omit<PgListenerOptions, 'channel' | 'onNotification' | 'onListening'> {
  readonly store: { readonly wakeUp: WakeUp };
  /** @default as for the store */
  readonly names?: TableNames;
}

/**
 * Wakes the relays of this process when a {@link PostgresNotifier} of another one tells that something was sent.
 * Optional: relays poll anyway. It needs a session of its own, past a proxy that pools by transaction.
 */
export class PostgresWakeUpListener {
  readonly #listener: PgListener;

  constructor({ store, names = new TableNames(), ...options }: PostgresWakeUpListenerOptions) {
    const wake = () => store.wakeUp.signal();
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
