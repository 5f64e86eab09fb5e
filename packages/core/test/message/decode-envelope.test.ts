import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { decodeEnvelope, type Envelope, isHoldfastError, messageLimits } from '../../src/index.ts';
import { hostileJsonBodies } from '../../src/testing/index.ts';

const envelopeOf = (body: Uint8Array | string, attributes: Record<string, string> = {}): Envelope => ({
  id: '1',
  source: '/orders',
  type: 'order.placed',
  key: null,
  attributes: Object.assign(Object.create(null), attributes),
  body: typeof body === 'string' ? Buffer.from(body) : body,
});

const REFUSALS = ['ERR_CORE_MALFORMED_MESSAGE', 'ERR_CORE_MESSAGE_TOO_LARGE'];
const codeOf = (envelope: Envelope): string => {
  try {
    decodeEnvelope(envelope);
  } catch (error) {
    return isHoldfastError(error) ? error.code : `foreign: ${String(error)}`;
  }
  return 'accepted';
};

describe('F5.10, F2.3: hostile bodies', () => {
  for (const { name, body, verdict } of hostileJsonBodies()) {
    if (verdict === 'refused') {
      test(`refuses ${name}`, () => {
        expect(REFUSALS).toContain(codeOf(envelopeOf(body)));
      });
    } else {
      test(`accepts ${name}`, () => {
        const { data } = decodeEnvelope(envelopeOf(body));
        expect(isDeepStrictEqual(data, JSON.parse(new TextDecoder().decode(body)))).toBe(true);
      });
    }
  }
});

test('F2.2: 10 MB are refused without being read', () => {
  const body = new Uint8Array(10_000_000);
  const read = new Proxy(body, {
    get(target, property) {
      if (property === 'byteLength') return target.byteLength;
      throw new Error(`read ${String(property)}`);
    },
  });
  expect(codeOf(envelopeOf(read))).toBe('ERR_CORE_MESSAGE_TOO_LARGE');
});

test('__proto__ is refused at every depth, in every spelling, and pollutes nothing', () => {
  const spellings = ['__proto__', '\\u005f_proto__', '__proto\\u005f_', '\\u005F\\u005F\\u0070roto__'];
  for (let depth = 0; depth < 62; depth += 1) {
    for (const spelling of spellings) {
      const body = `${'{"a":['.repeat(depth / 2)}{"${spelling}":{"admin":true}}${']}'.repeat(depth / 2)}`;
      expect(codeOf(envelopeOf(body))).toBe('ERR_CORE_MALFORMED_MESSAGE');
    }
  }
  expect(codeOf(envelopeOf('{"\\u0063onstructor":{"pr\\u006ftotype":1}}'))).toBe('ERR_CORE_MALFORMED_MESSAGE');
  expect((Object.prototype as { admin?: boolean }).admin).toBeUndefined();
});

test('integers that a double would change are refused, also with a sign or inside', () => {
  for (const text of ['9007199254740993', '-9007199254740993', '[1,9007199254740993]', '{"a":18446744073709551615}']) {
    expect(codeOf(envelopeOf(text))).toBe('ERR_CORE_MALFORMED_MESSAGE');
  }
  for (const text of ['9007199254740992', '"9007199254740993"', '{"9007199254740993":1}', '100000000000000000000']) {
    expect(codeOf(envelopeOf(text))).toBe('accepted');
  }
});

test('nesting is limited to the byte, and brackets in strings do not count', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(codeOf(envelopeOf(nested(64)))).toBe('accepted');
  expect(codeOf(envelopeOf(nested(65)))).toBe('ERR_CORE_MALFORMED_MESSAGE');
  expect(codeOf(envelopeOf(`["${'[{'.repeat(100)}\\"[[[", ${nested(63)}]`))).toBe('accepted');
  expect(codeOf(envelopeOf(`["\\"${'['.repeat(100)}"]`))).toBe('accepted');
  expect(codeOf(envelopeOf(`["\\\\",${nested(64)}]`))).toBe('ERR_CORE_MALFORMED_MESSAGE');
  expect(codeOf(envelopeOf(`[${'[],{},'.repeat(100)}1]`))).toBe('accepted');
});

test('what looks like a number and is none is called what it is', () => {
  expect(() => decodeEnvelope(envelopeOf('1-2'))).toThrow('the body is not JSON');
  expect(() => decodeEnvelope(envelopeOf('1e400'))).toThrow('a number that a double cannot carry');
});

test('a byte order mark is skipped', () => {
  expect(decodeEnvelope(envelopeOf('\ufeff{"a":1}')).data).toEqual({ a: 1 });
});

test('of duplicate keys the last one counts', () => {
  expect(decodeEnvelope(envelopeOf('{"a":1,"a":2}')).data).toEqual({ a: 2 });
});

test('the sender’s time is read as RFC 3339, and is 0 when there is none', () => {
  const timeOf = (time: string) => decodeEnvelope(envelopeOf('1', { time })).time;
  expect(timeOf('2026-11-21T09:30:00.007Z')).toBe(Date.UTC(2026, 10, 21, 9, 30, 0, 7));
  expect(timeOf('2026-11-21T10:30:00.007123456+01:00')).toBe(Date.UTC(2026, 10, 21, 9, 30, 0, 7));
  expect(decodeEnvelope(envelopeOf('1')).time).toBe(0);
  for (const time of [
    '',
    'yesterday',
    '2026-13-40T00:00:00Z',
    '2026-11-21',
    '1',
    `2026-11-21T09:30:00.${'0'.repeat(900)}Z`,
  ]) {
    expect(codeOf(envelopeOf('1', { time }))).toBe('ERR_CORE_MALFORMED_MESSAGE');
  }
});

test('only JSON content is decoded', () => {
  for (const datacontenttype of [
    'application/json',
    'application/json; charset=utf-8',
    'application/cloudevents+json',
    'text/json',
  ]) {
    expect(codeOf(envelopeOf('1', { datacontenttype }))).toBe('accepted');
  }
  for (const datacontenttype of ['application/xml', 'application/jsonp', '', 'json']) {
    expect(codeOf(envelopeOf('1', { datacontenttype }))).toBe('ERR_CORE_MALFORMED_MESSAGE');
  }
});

test('attributes are limited in number and size', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'x']));
  expect(codeOf(envelopeOf('1', many(64)))).toBe('accepted');
  expect(codeOf(envelopeOf('1', many(65)))).toBe('ERR_CORE_MESSAGE_TOO_LARGE');
  expect(codeOf(envelopeOf('1', { a: 'x'.repeat(1_023) }))).toBe('accepted');
  expect(codeOf(envelopeOf('1', { a: 'x'.repeat(1_024) }))).toBe('ERR_CORE_MESSAGE_TOO_LARGE');
  expect(codeOf(envelopeOf('1', { a: 1 as unknown as string }))).toBe('ERR_CORE_MALFORMED_MESSAGE');
});

test('bad identities are refused', () => {
  const good = envelopeOf('1');
  for (const bad of [
    { id: '' },
    { id: 'x'.repeat(257) },
    { source: '' },
    { type: 'a\u0000' },
    { key: '' },
    { key: '\ud800' },
  ]) {
    expect(codeOf({ ...good, ...bad })).toBe('ERR_CORE_MALFORMED_MESSAGE');
  }
  expect(codeOf({ ...good, id: undefined as unknown as string })).toBe('ERR_CORE_MALFORMED_MESSAGE');
});

test('no refusal quotes the body', () => {
  const bodies = ['canary', '{"canary":1', '{"__proto__":"canary"}', '["canary",1e400]', '"canary\u0000"'];
  for (const body of bodies) {
    expect(() => decodeEnvelope(envelopeOf(body))).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('canary') }),
    );
  }
});

test('limits can be raised and lowered', () => {
  const limits = messageLimits({ maxBytes: 5, maxDepth: 1 });
  expect(decodeEnvelope(envelopeOf('[123]'), limits).data).toEqual([123]);
  expect(() => decodeEnvelope(envelopeOf('[1234]'), limits)).toThrow('6 body bytes, the limit is 5');
  expect(() => decodeEnvelope(envelopeOf('[[1]]'), limits)).toThrow('deeper than 1 levels');
});
