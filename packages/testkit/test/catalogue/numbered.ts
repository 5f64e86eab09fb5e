import { defineEvent, type Envelope, type MessageEncoder } from '@holdfast/core';
import { z } from 'zod';

export const changed = defineEvent('changed', { versions: { 1: z.object({ number: z.int() }) } });

/** The stream of the numbers. */
export const STREAM = 'changes';

/** Messages of each key, numbered from 1 as an outbox numbers them. */
export function numbered(encoder: MessageEncoder, keys: readonly string[], each: number): readonly Envelope[] {
  return keys.flatMap((key) =>
    Array.from({ length: each }, (_, index) => {
      const number = index + 1;
      return encoder.encode(
        changed({ number }, { key, extensions: { sequence: String(number), sequencestream: STREAM } }),
      );
    }),
  );
}
