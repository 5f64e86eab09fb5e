import type { Publisher } from '@holdfast/core';
import type { Relay } from '@holdfast/outbox';
import type { Round } from '../harness/alternate.ts';
import type { Meter } from '../harness/meter.ts';

export interface RelayRoundOptions {
  readonly relay: Relay;
  readonly publisher: Publisher & { readonly published: number };
  readonly meter: Meter;
  /** How many messages wait. */
  readonly count: number;
}

/** Relays everything that waits, from claiming the lane to the last record of the cursor. */
export async function relayRound({ relay, publisher, meter, count }: RelayRoundOptions): Promise<Round> {
  meter.start();
  await relay.runOnce();
  const reading = meter.stop();
  await relay.stop();
  if (publisher.published !== count) {
    throw new Error(`The relay published ${publisher.published} messages where ${count} waited.`);
  }
  return { ...reading, count };
}
