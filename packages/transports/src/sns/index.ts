export type { FanOut, FanOutOptions, FanOutSubscription, FanOutTopic } from '../aws/fan-out.ts';
export type { EntryTarget, OutgoingEntry, SentEntries } from '../aws/outgoing-entry.ts';
export type { SnsClient } from './sns-api.ts';
export { SnsFanOut, type SnsFanOutOptions } from './sns-fan-out.ts';
