import type { TableNames } from '@holdfast/sql';

/** The channel of an outbox. Channels belong to a database, so outboxes of several schemas must not share one. */
export function notificationChannel(names: TableNames): string {
  const channel = names.unquoted('outbox');
  return names.schema === undefined ? channel : `${names.schema}_${channel}`.slice(0, 48);
}
