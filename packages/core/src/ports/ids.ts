/** Makes message ids. */
export interface Ids {
  /** A new id, unique for ever. The default is a UUIDv7 (RFC 9562), increasing within the process. */
  next(): string;
}
