import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  defineEvent,
  type Envelope,
  EventRegistry,
  InvalidOptionError,
  type Message,
  MessageEncoder,
  type OutgoingMessage,
} from '../../src/index.ts';

const orderPlaced = defineEvent('order.placed', {
  versions: {
    1: z.object({ orderId: z.string(), price: z.string() }),
    2: z.object({ orderId: z.string(), cents: z.int() }),
    3: z.object({ orderId: z.string(), cents: z.int().min(0), currency: z.string().default('EUR') }),
  },
  upcast: {
    1: ({ orderId, price }) => ({ orderId, cents: Math.round(Number(price) * 100) }),
    2: (order) => ({ ...order, currency: 'USD' }),
  },
  key: (order) => order.orderId,
  subject: (order) => `order/${order.orderId}`,
});

const encoder = new MessageEncoder({ source: '/orders' });
const registry = new EventRegistry([orderPlaced]);
const received = (data: unknown, dataschema?: string): Envelope =>
  encoder.encode({ type: 'order.placed', data, ...(dataschema !== undefined && { dataschema }) });
const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};

describe('a message is made', () => {
  test('with the output of the newest schema, its key, subject and version', () => {
    expect(orderPlaced({ orderId: 'o-1', cents: 5 })).toEqual({
      type: 'order.placed',
      data: { orderId: 'o-1', cents: 5, currency: 'EUR' },
      dataschema: 'urn:holdfast:schema:order.placed:3',
      key: 'o-1',
      subject: 'order/o-1',
    });
  });

  test('with options that go before what the definition derives', () => {
    const options = {
      id: 'i',
      key: 'k',
      subject: 's',
      correlationId: 'c',
      causationId: 'm',
      extensions: { a: 'b' },
      delayMs: 5,
    };
    expect(orderPlaced({ orderId: 'o-1', cents: 5 }, options)).toMatchObject(options);
    expect(orderPlaced({ orderId: 'o-1', cents: 5 }, { id: undefined, key: undefined })).not.toHaveProperty('id');
  });

  test('only from data that fits; the error names paths and holds no values', () => {
    const make = () => orderPlaced({ orderId: 'canary', cents: 'canary' as unknown as number });
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_CORE_SCHEMA_VALIDATION', paths: ['data.cents'], version: 3 }),
    );
    expect(make).toThrow(expect.not.objectContaining({ message: expect.stringContaining('canary') }));
  });
});

describe('F9.1: a message is received', () => {
  test('in the newest version', () => {
    const envelope = encoder.encode(orderPlaced({ orderId: 'o-1', cents: 5 }, { id: 'm-1' }));
    expect(registry.decode(envelope)).toMatchObject({
      id: 'm-1',
      source: '/orders',
      type: 'order.placed',
      key: 'o-1',
      data: { orderId: 'o-1', cents: 5, currency: 'EUR' },
    });
  });

  test('in any older version, upcast step by step', () => {
    expect(
      registry.decode(received({ orderId: 'o', price: '1.20' }, 'urn:holdfast:schema:order.placed:1')).data,
    ).toEqual({
      orderId: 'o',
      cents: 120,
      currency: 'USD',
    });
    expect(registry.decode(received({ orderId: 'o', cents: 7 }, 'urn:holdfast:schema:order.placed:2')).data).toEqual({
      orderId: 'o',
      cents: 7,
      currency: 'USD',
    });
  });

  test('without a version, as the newest', () => {
    expect(registry.decode(received({ orderId: 'o', cents: 7 })).data).toEqual({
      orderId: 'o',
      cents: 7,
      currency: 'EUR',
    });
  });

  test('but not in a newer version, nor with a schema that is not ours', () => {
    for (const dataschema of [
      'urn:holdfast:schema:order.placed:4',
      'urn:holdfast:schema:other:1',
      'https://x.test/1',
    ]) {
      expect(() => registry.decode(received({ orderId: 'o', cents: 1 }, dataschema))).toThrow(
        expect.objectContaining({ code: 'ERR_CORE_UNKNOWN_EVENT_VERSION', dataschema, latestVersion: 3 }),
      );
    }
  });

  test('but not with data that does not fit its own version, or the newest after upcasting', () => {
    const decode = (data: unknown, version: number) => () =>
      registry.decode(received(data, `urn:holdfast:schema:order.placed:${version}`));
    expect(codeOf(decode({ orderId: 'o', cents: 'x' }, 3))).toBe('ERR_CORE_SCHEMA_VALIDATION');
    expect(codeOf(decode({ orderId: 'o', cents: 1 }, 1))).toBe('ERR_CORE_SCHEMA_VALIDATION');
    expect(decode({ orderId: 'o', cents: -1 }, 2)).toThrow(
      expect.objectContaining({ version: 3, paths: ['data.cents'] }),
    );
    expect(decode({ orderId: 'o', price: 'x' }, 1)).toThrow(expect.objectContaining({ version: 2 }));
  });

  test('F5.8: but not of an unknown type', () => {
    const envelope = encoder.encode({ type: 'order.eaten', data: 1 });
    expect(() => registry.decode(envelope)).toThrow(
      expect.objectContaining({ code: 'ERR_CORE_UNKNOWN_EVENT_TYPE', type: 'order.eaten' }),
    );
    expect(codeOf(() => orderPlaced.decode(envelope))).toBe('ERR_CORE_UNKNOWN_EVENT_TYPE');
    for (const type of ['__proto__', 'constructor', 'toString']) {
      expect(codeOf(() => registry.decode({ ...envelope, type }))).toBe('ERR_CORE_UNKNOWN_EVENT_TYPE');
    }
  });

  test('within the registry’s limits', () => {
    const strict = new EventRegistry([orderPlaced], { limits: { maxBytes: 10 } });
    expect(codeOf(() => strict.decode(received({ orderId: 'o', cents: 7 })))).toBe('ERR_CORE_MESSAGE_TOO_LARGE');
  });
});

test('an upcaster that throws makes the message malformed, with the cause kept', () => {
  const cause = new TypeError('x');
  const event = defineEvent('e', {
    versions: { 1: z.object({}), 2: z.object({}) },
    upcast: {
      1: () => {
        throw cause;
      },
    },
  });
  const envelope = encoder.encode({ type: 'e', data: {}, dataschema: 'urn:holdfast:schema:e:1' });
  expect(() => event.decode(envelope)).toThrow(expect.objectContaining({ code: 'ERR_CORE_MALFORMED_MESSAGE', cause }));
});

test('a schema that validates asynchronously is refused by name, and leaves no rejection behind', () => {
  const slow = z.object({}).refine(() => Promise.resolve(true));
  const standard = {
    '~standard': { version: 1, vendor: 'x', validate: () => Promise.reject(new Error('late')) },
  } as const;
  expect(codeOf(() => defineEvent('e', { versions: { 1: standard } })({}))).toBe('ERR_CORE_ASYNC_SCHEMA');
  expect(codeOf(() => defineEvent('e', { versions: { 1: slow } })({}))).toBe('ERR_CORE_ASYNC_SCHEMA');
});

test('a schema that refuses its own output is found out by the first message', () => {
  const dated = defineEvent('e', { versions: { 1: z.object({ at: z.date() }) } });
  expect(() => dated({ at: new Date(0) })).toThrow('refuses its own output');
  const coerced = defineEvent('e', { versions: { 1: z.object({ at: z.coerce.date() }) } });
  expect(coerced.decode(encoder.encode(coerced({ at: new Date(0) }))).data).toEqual({ at: new Date(0) });
});

test('the schema’s URI can be one’s own', () => {
  const event = defineEvent('e', {
    versions: { 4: z.object({ a: z.string() }), 5: z.object({ b: z.string() }) },
    upcast: { 4: ({ a }) => ({ b: a }) },
    dataschema: (version) => `https://schemas.test/e/v${version}.json`,
  });
  expect(event.latestVersion).toBe(5);
  const message = event({ b: 'x' });
  expect(message.dataschema).toBe('https://schemas.test/e/v5.json');
  const old = encoder.encode({ type: 'e', data: { a: 'x' }, dataschema: 'https://schemas.test/e/v4.json' });
  expect(event.decode(old).data).toEqual({ b: 'x' });
});

test('a definition with a gap, a missing upcaster or a bad type is refused', () => {
  const one = z.object({});
  const bad: (() => unknown)[] = [
    () => defineEvent('', { versions: { 1: one } }),
    () => defineEvent('a\nb', { versions: { 1: one } }),
    () => defineEvent('x'.repeat(257), { versions: { 1: one } }),
    () => defineEvent('e', { versions: {} as { 1: typeof one } }),
    () => defineEvent('e', { versions: { 0: one } }),
    () => defineEvent('e', { versions: { 1: {} as typeof one } }),
    // @ts-expect-error version 2 is missing
    () => defineEvent('e', { versions: { 1: one, 3: one }, upcast: { 1: () => ({}) } }),
    // @ts-expect-error the upcaster of version 1 is missing
    () => defineEvent('e', { versions: { 1: one, 2: one } }),
    () => new EventRegistry([orderPlaced, orderPlaced]),
  ];
  for (const define of bad) expect(define).toThrow(InvalidOptionError);
});

test('types follow the newest schema', () => {
  interface Order {
    orderId: string;
    cents: number;
    currency: string;
  }
  expectTypeOf(orderPlaced.type).toEqualTypeOf<'order.placed'>();
  expectTypeOf(orderPlaced)
    .parameter(0)
    .toEqualTypeOf<{ orderId: string; cents: number; currency?: string | undefined }>();
  expectTypeOf(orderPlaced).returns.toEqualTypeOf<OutgoingMessage<Order>>();
  const message: Message = registry.decode(received({ orderId: 'o', cents: 7 }));
  expect(orderPlaced.is(message)).toBe(true);
  expect(orderPlaced.is({ ...message, type: 'other' })).toBe(false);
  if (orderPlaced.is(message)) expectTypeOf(message.data).toEqualTypeOf<Order>();
  defineEvent('e', {
    versions: { 1: z.object({ a: z.string() }), 2: z.object({ b: z.number() }) },
    // @ts-expect-error version 2 takes a number
    upcast: { 1: ({ a }) => ({ b: a }) },
  });
});

test('a registry lists its types', () => {
  expect(registry.types).toEqual(['order.placed']);
});
