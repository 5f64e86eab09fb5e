/** Names an instance. */
export interface SagaId {
  /** The name of its definition. */
  readonly saga: string;
  readonly key: string;
}

/** For maps; no name of a saga contains a space. */
export function sagaIdText({ saga, key }: SagaId): string {
  return `${saga} ${key}`;
}
