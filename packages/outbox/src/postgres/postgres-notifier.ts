import { CoalescedNotifier, type CoalescedNotifierOptions, TableNames } from '@holdfast/sql';
import { notificationChannel } from './notification-channel.ts';

export interface PostgresNotifierOptions extends Omit<CoalescedNotifierOptions, 'channel'> {
  /** @default as for the store */
  readonly names?: TableNames;
}

/** Tells relays in other processes that something was sent: see {@link CoalescedNotifier}. */
export class PostgresNotifier extends CoalescedNotifier {
  constructor({ names = new TableNames(), ...options }: PostgresNotifierOptions) {
    super({ ...options, channel: notificationChannel(names) });
  }
}
