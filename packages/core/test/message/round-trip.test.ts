import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeAttributes,
  decodeEnvelope,
  encodeAttributes,
  InvalidMessageError,
  isHoldfastError,
  MessageEncoder,
} from '../../src/index.ts';
import { hostileStrings } from '../../src/testing/index.ts';

const encoder = new MessageEncoder({ source: '/orders', limits: { maxBytes: 10_000_000 } });
const limits = { maxBytes: 10_000_000, maxDepth: 64, maxHeaders: 64, maxHeaderBytes: 1024 };

const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostileStrings));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    hostile,
    fc.double(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(null, true, false, 2 ** 53, -0, 1e21, 1e-7),
    fc.array(tie('value')),
    fc.dictionary(hostile, tie('value'), { noNullPrototype: true }),
  ),
})).value;

test('data that is accepted comes back as it was, and what would not is refused with its path', () => {
  fc.assert(
    fc.property(json, (data) => {
      let envelope: ReturnType<MessageEncoder['encode']>;
      try {
        envelope = encoder.encode({ type: 't', data });
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidMessageError);
        return;
      }
      const received = decodeEnvelope(envelope, limits).data;
      // JSON has no negative zero; everything else is the same.
      // `toStrictEqual` would compare `constructor` keys by identity.
      expect(isDeepStrictEqual(received, JSON.parse(JSON.stringify(data)))).toBe(true);
      expect(JSON.stringify(received)).toBe(JSON.stringify(data));
    }),
    { numRuns: 500 },
  );
});

test('every hostile string comes back as data', () => {
  for (const text of hostileStrings) {
    expect(decodeEnvelope(encoder.encode({ type: 't', data: { text, list: [text] } }), limits).data).toStrictEqual({
      text,
      list: [text],
    });
  }
});

test('whatever bytes arrive, they are decoded or refused by a named error', () => {
  const envelope = encoder.encode({ type: 't', data: 1 });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .string({ unit: fc.constantFrom(...'{}[]",:\\u0123456789eE+-._ctrufalsn'), maxLength: 60 })
      .map((text) => Buffer.from(text)),
    fc.tuple(fc.json(), fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
      const mutated = Buffer.from(text);
      mutated[at % mutated.length] = byte;
      return mutated;
    }),
    fc.tuple(fc.json(), fc.nat()).map(([text, length]) => Buffer.from(text).subarray(0, length % text.length)),
  );
  fc.assert(
    fc.property(bytes, (body) => {
      try {
        const { data } = decodeEnvelope({ ...envelope, body });
        expect(isDeepStrictEqual(data, JSON.parse(Buffer.from(body).toString()))).toBe(true);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        expect(['ERR_CORE_MALFORMED_MESSAGE', 'ERR_CORE_MESSAGE_TOO_LARGE']).toContain(error.code);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('attributes come back from their text form', () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,20}$/);
  fc.assert(
    fc.property(fc.dictionary(name, hostile), (attributes) => {
      const decoded = decodeAttributes(encodeAttributes(attributes));
      expect(Object.getPrototypeOf(decoded)).toBeNull();
      expect(Object.entries(decoded)).toEqual(Object.entries(attributes));
    }),
  );
});

test('a hostile text of attributes is refused by a named error', () => {
  const texts = [
    '',
    'null',
    '[]',
    '1',
    '{"a":1}',
    '{"a":{"b":"c"}}',
    '{"__proto__":"x"}',
    '{"__proto__":{"admin":"x"}}',
    '{"A":"x"}',
    '{"":"x"}',
    '['.repeat(200_000),
    `{"a":"${'x'.repeat(2_000_000)}"}`,
  ];
  for (const text of texts) {
    expect(() => decodeAttributes(text)).toThrow(expect.objectContaining({ code: 'ERR_CORE_MALFORMED_MESSAGE' }));
  }
});
