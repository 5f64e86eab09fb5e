import type { TableNames } from '@holdfast/sql';

/** The channel of the queues under these names. Channels belong to a database, so several schemas must not share one. */
export function notificationChannel(names: TableNames): string {
  const channel = names.unquoted('queue');
  return names.schema === undefined ? channel : `${names.schema}_${channel}`.slice(0, 48);
}
