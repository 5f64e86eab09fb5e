import { CoalescedNotifier, type CoalescedNotifierOptions, TableNames } from '@holdfast/sql';
import { notificationChannel } from './notification-channel.ts';

export interface PostgresQueueNotifierOptions extends Omit<CoalescedNotifierOptions, 'channel'> {
  /** @default as for the transport */
  readonly names?: TableNames;
}

/** Tells a `PostgresQueueListener` in other processes that something was published: see {@link CoalescedNotifier}. */
export class PostgresQueueNotifier extends CoalescedNotifier {
  constructor({ names = new TableNames(), ...options }: PostgresQueueNotifierOptions) {
    super({ ...options, channel: notificationChannel(names) });
  }
}
