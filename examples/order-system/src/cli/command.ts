import type { TransportName } from '../transport/transport-name.ts';

/** What the user asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'audit'; readonly folder: string; readonly json: boolean }
  | {
      readonly kind: 'run';
      readonly orders: { readonly file: string } | { readonly seed: number; readonly count: number };
      readonly transport: TransportName;
      /** `null`: a temporary one. */
      readonly folder: string | null;
      readonly json: boolean;
    };

export const DEFAULT_SEED = 1;

/** A run of these takes some seconds. */
export const DEFAULT_COUNTS: Readonly<Record<TransportName, number>> = {
  memory: 2_000,
  sql: 2_000,
  amqp: 2_000,
  sqs: 500,
};
export const MAX_COUNT = 1_000_000;
