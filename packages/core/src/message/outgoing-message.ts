/** What an event factory makes and `send` takes. Its data has been validated. */
export interface OutgoingMessage<Data = unknown> {
  readonly type: string;
  readonly data: Data;
  /** Identity for deduplication. @default a new UUIDv7 */
  readonly id?: string;
  /** The ordering key: messages of one key are published in commit order. @default none */
  readonly key?: string;
  readonly subject?: string;
  /** Schema URI; carries the version of an event made by `defineEvent`. */
  readonly dataschema?: string;
  /** The id of the workflow that this message belongs to. */
  readonly correlationId?: string;
  /** The id of the message that caused this one. */
  readonly causationId?: string;
  /** Extension attributes: lower-case letters and digits, at most 20 characters, as CloudEvents asks. */
  readonly extensions?: Readonly<Record<string, string>>;
  /** Publish not before this many milliseconds after the commit (a floor, not an appointment). @default 0 */
  readonly delayMs?: number;
}
