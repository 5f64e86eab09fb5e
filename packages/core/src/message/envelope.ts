/**
 * A message as it travels and is stored: a CloudEvents 1.0 event in binary form.
 * The body is bytes from `send` to the wire; nothing between parses or rewrites it.
 */
export interface Envelope {
  /** Identity for deduplication, together with `source`. */
  readonly id: string;
  /** The service that made it: a CloudEvents URI-reference. */
  readonly source: string;
  readonly type: string;
  /** The ordering key (`partitionkey`), or `null` for a message without order. */
  readonly key: string | null;
  /**
   * Every other context attribute by its CloudEvents name, in canonical string form: `time`, `subject`, `dataschema`,
   * `datacontenttype`, `sequence`, `correlationid`, `causationid`, `traceparent`, and the user's own extensions.
   * An object without a prototype.
   */
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
