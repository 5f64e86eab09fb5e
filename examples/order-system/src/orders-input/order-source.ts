import type { InputOrder } from './input-order.ts';

/** Orders to be placed, all known to be readable. */
export interface OrderSource {
  /** What a person calls it: `2,000 generated orders (seed 1)`. */
  readonly name: string;
  /** How many orders {@link orders} yields. */
  readonly orderCount: number;
  /** How many item lines were read, good or bad. */
  readonly lineCount: number;
  /** How many of them were rejected while reading, together with the lines of the same order. */
  readonly rejectedLineCount: number;
  /** Lazily, in the order in which they first appeared. Can be read once. */
  orders(): Iterable<InputOrder>;
  close(): void;
}
