/** Which message, for which consumer. Two consumers of one database know nothing of each other's records. */
export interface MessageIdentity {
  readonly consumer: string;
  readonly source: string;
  readonly id: string;
}
