import { decodeEnvelope } from '@holdfast/core';
import { hostileStrings } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { malformedEnvelope, malformedType } from '../../src/dead-letter/malformed-envelope.ts';

describe('malformedEnvelope', () => {
  test('F5.10: it keeps the bytes', () => {
    const body = Uint8Array.of(0, 255, 123);
    const envelope = malformedEnvelope(body, { id: 'b-1', queue: 'payment' });
    expect(envelope).toMatchObject({ id: 'b-1', source: '/holdfast/queues/payment', type: malformedType, key: null });
    expect(envelope.body).toEqual(body);
  });

  test('it is well-formed whatever the broker calls the message and the queue', () => {
    for (const name of hostileStrings) {
      const { id, source } = malformedEnvelope(new Uint8Array(0), { id: name, queue: name });
      const message = decodeEnvelope({
        ...malformedEnvelope(new TextEncoder().encode('{}'), { id: name, queue: name }),
        attributes: Object.create(null),
      });
      expect(message).toMatchObject({ id, source });
    }
  });
});
