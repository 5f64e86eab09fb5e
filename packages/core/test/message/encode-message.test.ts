import { describe, expect, test } from 'vitest';
import {
  InvalidMessageError,
  InvalidOptionError,
  MessageEncoder,
  MessageTooLargeError,
  type OutgoingMessage,
} from '../../src/index.ts';
import { ManualClock } from '../../src/testing/index.ts';

const clock = new ManualClock({ now: Date.UTC(2026, 10, 21, 9, 30, 0, 7) });
const encoder = new MessageEncoder({ source: '/orders', clock });
const encode = (message: Partial<OutgoingMessage>) => encoder.encode({ type: 'order.placed', data: {}, ...message });
const textOf = (body: Uint8Array) => new TextDecoder().decode(body);

const problemOf = (message: Partial<OutgoingMessage>): string => {
  try {
    encode(message);
  } catch (error) {
    if (error instanceof InvalidMessageError) return `${error.field} ${error.reason}`;
    throw error;
  }
  throw new Error('the message was encoded');
};

function nest(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

test('a message becomes a CloudEvents envelope with its data as UTF-8 JSON bytes', () => {
  const envelope = encode({
    data: { name: 'Zoë', items: [1] },
    id: 'o-1',
    key: 'customer-7',
    subject: 'o-1',
    dataschema: 'urn:x:1',
    correlationId: 'c',
    causationId: 'm',
    extensions: { tenant: 'acme', sequence: '12' },
  });
  expect(envelope).toMatchObject({ id: 'o-1', source: '/orders', type: 'order.placed', key: 'customer-7' });
  expect(Object.getPrototypeOf(envelope.attributes)).toBeNull();
  expect({ ...envelope.attributes }).toEqual({
    time: '2026-11-21T09:30:00.007Z',
    datacontenttype: 'application/json',
    subject: 'o-1',
    dataschema: 'urn:x:1',
    correlationid: 'c',
    causationid: 'm',
    tenant: 'acme',
    sequence: '12',
  });
  expect(textOf(envelope.body)).toBe('{"name":"Zoë","items":[1]}');
});

test('a message without id and key gets a new id each time and no key', () => {
  const [first, second] = [encode({}), encode({})];
  expect(first.key).toBeNull();
  expect(first.id < second.id).toBe(true);
});

test('the time follows the clock', async () => {
  const own = new ManualClock({ now: 0 });
  const moving = new MessageEncoder({ source: '/x', clock: own });
  const timeOf = () => moving.encode({ type: 't', data: 1 }).attributes['time'];
  expect([timeOf(), timeOf()]).toEqual(['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z']);
  await own.advance(1);
  expect(timeOf()).toBe('1970-01-01T00:00:00.001Z');
});

test('a valid trace context is carried, another one is left out', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const traceOf = (given: string) => encoder.encode({ type: 't', data: 1 }, given).attributes['traceparent'];
  expect(traceOf(traceparent)).toBe(traceparent);
  for (const bad of [
    '',
    'x',
    `${traceparent}\n`,
    traceparent.replace('0af', '0AF'),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  ]) {
    expect(traceOf(bad)).toBeUndefined();
  }
});

describe('what JSON would lose or change is refused, with its path', () => {
  const cyclic: Record<string, unknown> = { a: [] };
  (cyclic['a'] as unknown[]).push({ back: cyclic });
  class Box {
    readonly #inner: unknown;
    constructor(inner: unknown) {
      this.#inner = inner;
    }
    toJSON(): unknown {
      return this.#inner;
    }
  }
  test.each<[string, unknown, string]>([
    ['NaN', { items: [1, 2, 3, { price: Number.NaN }] }, 'data.items[3].price is NaN'],
    ['Infinity', [Number.NEGATIVE_INFINITY], 'data[0] is -Infinity'],
    ['2^53', { n: 2 ** 53 }, 'data.n is beyond the integers'],
    ['-2^53', { n: -(2 ** 53) }, 'data.n is beyond the integers'],
    ['bigint', { n: 1n }, 'data.n is a bigint, which JSON cannot carry: send it as a string'],
    ['undefined', undefined, 'data is undefined'],
    ['undefined in an array', { a: [1, undefined] }, 'data.a[1] is undefined'],
    ['a hole', { a: Array(2) }, 'data.a[0] is undefined'],
    ['a function', { run: () => 1 }, 'data.run is a function'],
    ['a symbol', [Symbol('x')], 'data[0] is a symbol'],
    ['a cycle', cyclic, 'data.a[0].back refers back to what contains it'],
    ['a Map', { m: new Map([[1, 2]]) }, 'data.m is an object that JSON cannot carry'],
    ['a Set', { m: new Set([1]) }, 'data.m is an object that JSON cannot carry'],
    ['bytes', { m: new Uint8Array(2) }, 'data.m is an object that JSON cannot carry'],
    ['an Error', { m: new Error('x') }, 'data.m is an object that JSON cannot carry'],
    ['a boxed NaN', { m: Object(Number.NaN) }, 'data.m is an object that JSON cannot carry'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'data.at is an invalid Date'],
    [
      'own __proto__',
      JSON.parse('{"a":{"__proto__":{"admin":true}}}'),
      'data.a.__proto__ is a key that pollutes prototypes',
    ],
    ['constructor.prototype', { constructor: { prototype: {} } }, 'data.constructor is a key that pollutes prototypes'],
    ['NaN inside toJSON', { m: new Box({ x: Number.NaN }) }, 'data.m.x is NaN'],
    [
      '__proto__ inside toJSON',
      new Box(JSON.parse('{"__proto__":1}')),
      'data.__proto__ is a key that pollutes prototypes',
    ],
    ['toJSON to undefined', new Box(undefined), 'data is undefined'],
    ['65 levels', nest(65), 'nests deeper than 64 levels'],
    ['200,000 levels', nest(200_000), 'nests deeper than 64 levels'],
    ['200,000 levels inside toJSON', new Box(nest(200_000)), 'nests deeper than 64 levels'],
    ['a strange key', { 'a\n"b': Number.NaN }, 'data["a\\u000a"b"] is NaN'],
  ])('%s', (_name, data, problem) => {
    expect(problemOf({ data })).toContain(problem);
  });

  test('a getter or toJSON that throws', () => {
    const cause = new Error('no');
    const data = {
      get price(): number {
        throw cause;
      },
    };
    expect(() => encode({ data })).toThrow(expect.objectContaining({ code: 'ERR_CORE_INVALID_MESSAGE', cause }));
  });

  test('a long path of long keys makes a short error', () => {
    let data: unknown = Number.NaN;
    for (let level = 0; level < 60; level += 1) data = { [`${'k'.repeat(1_000)}\ud800`]: data };
    expect(problemOf({ data }).length).toBeLessThan(300);
  });
});

test('what JSON carries is accepted', () => {
  const shared = { x: 1 };
  const data = {
    nothing: undefined,
    nil: null,
    at: new Date(0),
    max: Number.MAX_SAFE_INTEGER,
    tiny: 5e-324,
    twice: [shared, shared],
    bare: Object.assign(Object.create(null), { a: 1 }),
    text: '\u0000\ud800',
    constructor: { name: 'a word' },
  };
  expect(textOf(encode({ data }).body)).toBe(
    '{"nil":null,"at":"1970-01-01T00:00:00.000Z","max":9007199254740991,"tiny":5e-324,"twice":[{"x":1},{"x":1}],' +
      '"bare":{"a":1},"text":"\\u0000\\ud800","constructor":{"name":"a word"}}',
  );
  expect(encode({ data: nest(64) }).body.byteLength).toBeGreaterThan(64);
});

describe('identifying attributes are bounded and printable', () => {
  test.each<[string, Partial<OutgoingMessage>, string]>([
    ['id', { id: '' }, 'id is empty'],
    ['id', { id: 'x'.repeat(257) }, 'id is longer than 256 bytes'],
    ['id', { id: 'a\u0000' }, 'id has control characters or lone surrogates'],
    ['key', { key: '' }, 'key is empty'],
    ['key', { key: 'é'.repeat(257) }, 'key is longer than 512 bytes'],
    ['key', { key: '\ud800' }, 'key has control characters or lone surrogates'],
    ['type', { type: '' }, 'type is empty'],
    ['type', { type: 'x'.repeat(257) }, 'type is longer than 256 bytes'],
    ['type', { type: 'a\u0085' }, 'type has control characters'],
    ['type', { type: 5 as unknown as string }, 'type is not a string'],
    ['subject', { subject: 'a\nb' }, 'subject has control characters'],
    ['correlationId', { correlationId: '\udc00' }, 'correlationId has control characters'],
    ['causationId', { causationId: '' }, 'causationId is empty'],
    ['dataschema', { dataschema: 'x'.repeat(2_000) }, 'dataschema is longer than'],
    ['delayMs', { delayMs: Number.NaN }, 'delayMs is not'],
    ['delayMs', { delayMs: -1 }, 'delayMs is not'],
    ['extension value', { extensions: { tenant: 'a\r\nb' } }, 'extensions.tenant has control characters'],
    ['extension value', { extensions: { tenant: 'x'.repeat(1_020) } }, 'extensions.tenant is longer than'],
    ['extension value', { extensions: { tenant: 1 as unknown as string } }, 'extensions.tenant is not a string'],
    ['extension name', { extensions: { Tenant: 'a' } }, 'extensions has the name "Tenant"'],
    ['extension name', { extensions: { tenant_id: 'a' } }, 'extensions has the name "tenant_id"'],
    ['extension name', { extensions: { ['x'.repeat(21)]: 'a' } }, 'extensions has the name'],
    ['extension name', { extensions: { '': 'a' } }, 'extensions has the name ""'],
    ['extension name', { extensions: JSON.parse('{"__proto__":"a"}') }, 'extensions has the name "__proto__"'],
    ['reserved name', { extensions: { partitionkey: 'a' } }, 'extensions.partitionkey is a reserved name'],
    ['reserved name', { extensions: { traceparent: 'a' } }, 'extensions.traceparent is a reserved name'],
  ])('%s: %#', (_name, message, problem) => {
    expect(problemOf(message)).toContain(problem);
  });

  test('the longest ones are accepted', () => {
    const longest = { id: 'x'.repeat(256), type: 'x'.repeat(256), key: 'é'.repeat(256), extensions: { a: '' } };
    expect(encode(longest)).toMatchObject({ id: longest.id, type: longest.type, key: longest.key });
  });
});

test('F4.3: a body or a number of attributes over its limit is refused with the limit named', () => {
  expect(encode({ data: 'x'.repeat(256 * 1024 - 2) }).body.byteLength).toBe(256 * 1024);
  expect(() => encode({ data: 'é'.repeat(131_072) })).toThrow(
    expect.objectContaining({ code: 'ERR_CORE_MESSAGE_TOO_LARGE', size: 262_146, limit: 262_144 }),
  );
  const extensions = Object.fromEntries(Array.from({ length: 63 }, (_, index) => [`a${index}`, 'x']));
  expect(() => encode({ extensions })).toThrow(MessageTooLargeError);
  const small = new MessageEncoder({ source: '/x', limits: { maxBytes: 10, maxDepth: 1 } });
  expect(() => small.encode({ type: 't', data: 'x'.repeat(9) })).toThrow(MessageTooLargeError);
  expect(() => small.encode({ type: 't', data: [[]] })).toThrow('deeper than 1 levels');
});

test('the encoder refuses a bad source or limit when it is made', () => {
  expect(() => new MessageEncoder({ source: '' })).toThrow(InvalidOptionError);
  expect(() => new MessageEncoder({ source: 'a\nb' })).toThrow(InvalidOptionError);
  expect(() => new MessageEncoder({ source: 'x'.repeat(513) })).toThrow(InvalidOptionError);
  expect(() => new MessageEncoder({ source: '/x', limits: { maxDepth: 100_000 } })).toThrow('"limits.maxDepth"');
});

test('no error shows a value of the data', () => {
  const data = { card: 'canary', list: ['canary', Number.NaN] };
  expect(() => encode({ data })).toThrow(expect.not.objectContaining({ message: expect.stringContaining('canary') }));
});
