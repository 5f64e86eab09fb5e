/** A received message, decoded and validated, with its data upcast to the newest version that the receiver knows. */
export interface Message<Data = unknown> {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The ordering key, or `null`. */
  readonly key: string | null;
  /** When the sender made it, in milliseconds since the Unix epoch. By the sender's clock: for people, not for order. */
  readonly time: number;
  readonly data: Data;
  /** The other context attributes in string form, an object without a prototype. */
  readonly attributes: Readonly<Record<string, string>>;
}
