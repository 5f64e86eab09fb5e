import type { Envelope } from '@holdfast/core';
import { hostileJsonBodies, hostileStrings } from '@holdfast/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attributeNames, attributeText, decodeContent, encodeEntry, plainText } from '../../src/sqs/message-codec.ts';

/** What the service says that it takes. */
const ALLOWED = /^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...hostileStrings, 'not \uffff', '\ufffe characters'),
);
const utf8 = fc.string({ unit: 'binary' }).map((one) => new TextEncoder().encode(one));
const envelopes = fc.record({
  id: text,
  source: text,
  type: text,
  key: fc.option(text),
  attributes: fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,20}$/), text),
  body: fc.oneof(
    fc.uint8Array(),
    utf8,
    fc.constantFrom(
      ...hostileJsonBodies()
        .map(({ body }) => body)
        .filter(({ length }) => length < 10_000),
    ),
  ),
});

function plain({ attributes, body, ...rest }: Envelope): object {
  return { ...rest, attributes: { ...attributes }, body: Array.from(body) };
}

function sizeOf(body: string, attributes: Readonly<Record<string, string>>): number {
  const parts = Object.entries(attributes).flatMap(([name, value]) => [name, 'String', value]);
  return [body, ...parts].reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

describe('an envelope as a message of SQS', () => {
  test('comes back exactly, whatever is in it', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const { body, attributes } = encodeEntry(envelope, { fifo: true });
        expect(plain(decodeContent({ body, attributes }))).toEqual(plain(envelope));
      }),
      { numRuns: 1_000 },
    );
  });

  test('has at most ten attributes, none empty, and only characters that the service keeps', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const { body, attributes } = encodeEntry(envelope, { fifo: false });
        expect(Object.keys(attributes).length).toBeLessThanOrEqual(10);
        for (const value of [body, ...Object.values(attributes)]) expect(value).toMatch(ALLOWED);
        for (const name of Object.keys(attributes)) expect(name).toMatch(/^(?!AWS\.|Amazon\.)[A-Za-z0-9_.-]{1,256}$/i);
      }),
    );
  });

  test('is counted as the service counts: body, and names, types and values of the attributes in bytes', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const { body, attributes, bytes } = encodeEntry(envelope, { fifo: false });
        expect(bytes).toBe(sizeOf(body, attributes));
      }),
    );
  });

  test('carries text as text, and says so of all else', () => {
    const of = (body: Uint8Array) =>
      encodeEntry(
        { id: 'm', source: '/s', type: 't', key: null, attributes: Object.create(null), body },
        { fifo: false },
      );
    expect(of(Buffer.from('{"emoji":"😀"}'))).toMatchObject({ body: '{"emoji":"😀"}' });
    expect(of(Buffer.from('{"emoji":"😀"}')).attributes[attributeNames.body]).toBeUndefined();
    expect(of(Uint8Array.of(0xff)).attributes[attributeNames.body]).toBe('base64');
    expect(of(Buffer.from('a\u0000b')).attributes[attributeNames.body]).toBe('base64');
    expect(of(new Uint8Array(0)).attributes[attributeNames.body]).toBe('empty');
  });

  test('has a group and a deduplication id that FIFO queues take, the same for the same key and message', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const { group, deduplicationId } = encodeEntry(envelope, { fifo: true });
        for (const name of [group, deduplicationId]) expect(name).toMatch(/^[\x21-\x7e]{1,128}$/);
        expect(encodeEntry({ ...envelope, body: Uint8Array.of(1) }, { fifo: true })).toMatchObject({
          group,
          deduplicationId,
        });
      }),
    );
  });

  test('two messages share a deduplication id only if source and id are the same', () => {
    const base = { type: 't', key: 'k', attributes: Object.create(null), body: Uint8Array.of(1) };
    const ids = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['abc', ''],
      ['', 'abc'],
      ['["a"', 'b'],
    ].map(([source = '', id = '']) => encodeEntry({ ...base, source, id }, { fifo: true }).deduplicationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('a redriven message gets another dead letter than the one before', () => {
    const envelope = {
      id: 'm',
      source: '/s',
      type: 't',
      key: 'k',
      attributes: Object.create(null),
      body: Uint8Array.of(1),
    };
    const [first, again, redriven] = ['dead-letter-1', 'dead-letter-1', 'dead-letter-2'].map((stay) =>
      encodeEntry(envelope, { fifo: true, stay }),
    );
    expect(again?.deduplicationId).toBe(first?.deduplicationId);
    expect(redriven?.deduplicationId).not.toBe(first?.deduplicationId);
  });
});

describe('a message of somebody else', () => {
  const ours = encodeEntry(
    { id: 'm', source: '/s', type: 't', key: 'k', attributes: Object.create(null), body: Buffer.from('text') },
    { fifo: false },
  );

  type Wrong = readonly [string, string, Readonly<Record<string, string>>];
  const without = (name: string): Wrong => {
    const { [name]: _, ...attributes } = ours.attributes;
    return [`has no ${name}`, 'text', attributes];
  };
  const saying = (what: string, name: string, value: string): Wrong => [
    what,
    'no base64!',
    { ...ours.attributes, [name]: value },
  ];
  const wrong: readonly Wrong[] = [
    ['has no attributes', 'text', {}],
    without(attributeNames.id),
    without(attributeNames.source),
    without(attributeNames.type),
    saying('has a text that begins as JSON and is none', attributeNames.id, '"broken'),
    saying('has packed attributes that are no JSON', attributeNames.rest, '{'),
    saying('has packed attributes that are no strings', attributeNames.rest, '{"a":1}'),
    saying('says Base64 of what is none', attributeNames.body, 'base64'),
    saying('has a body of an unknown form', attributeNames.body, 'gzip'),
  ];

  test.each(wrong)('is malformed when it %s', (_, body, attributes) => {
    expect(() => decodeContent({ body, attributes })).toThrow(
      expect.objectContaining({ code: 'ERR_CORE_MALFORMED_MESSAGE' }),
    );
  });

  test('is malformed or an envelope, whatever is in it: never another error', () => {
    const value = fc.oneof(text, fc.constantFrom('base64', 'empty', '"x"', '{"a":"b"}'));
    const attributes = fc.dictionary(fc.constantFrom(...Object.values(attributeNames)), value);
    fc.assert(
      fc.property(text, attributes, (body, attributes) => {
        try {
          decodeContent({ body, attributes });
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_CORE_MALFORMED_MESSAGE' });
        }
      }),
    );
  });
});

test('a text as an attribute is never empty, has only allowed characters, and comes back', () => {
  fc.assert(
    fc.property(text, (one) => {
      const value = attributeText(one);
      expect(value).toMatch(ALLOWED);
      expect(plainText(value)).toBe(one);
    }),
  );
  expect(attributeText('order.placed')).toBe('order.placed');
});

test('different texts are different attributes, so that a filter on one lets no other through', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 2 }), ([one = '', other = '']) => {
      expect(attributeText(one) === attributeText(other)).toBe(one === other);
    }),
  );
});
