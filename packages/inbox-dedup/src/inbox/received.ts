import type { Envelope, Message } from '@holdfast/core';

/** A message on its way through the inbox: decoded, and with the digest that it is recorded by. */
export interface Received {
  readonly envelope: Envelope;
  readonly message: Message;
  readonly digest: Uint8Array;
  readonly attempt: number;
  readonly signal: AbortSignal;
}
