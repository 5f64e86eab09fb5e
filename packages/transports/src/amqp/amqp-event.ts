/**
 * What a person who watches wants to know. Nothing is told twice: `disconnected` comes once for an outage, however many
 * attempts fail. Reasons hold no payload and no credentials.
 */
export type AmqpEvent =
  | { readonly type: 'connected'; readonly connection: AmqpConnectionName }
  | { readonly type: 'disconnected'; readonly connection: AmqpConnectionName; readonly reason: string }
  /** The broker has an alarm (memory, disk) and takes no messages. */
  | { readonly type: 'blocked'; readonly reason: string }
  | { readonly type: 'unblocked' }
  /** The broker ended the consumption of a queue: it was deleted, or moved. It is taken up again by itself. */
  | { readonly type: 'consumer-cancelled'; readonly queue: string }
  /** Something that is not a CloudEvent was dead-lettered. */
  | { readonly type: 'malformed'; readonly queue: string; readonly reason: string }
  /** After a reconnection a queue could not be declared again. */
  | { readonly type: 'declaration-failed'; readonly queue: string; readonly reason: string };

export type AmqpConnectionName = 'publishing' | 'consuming';
