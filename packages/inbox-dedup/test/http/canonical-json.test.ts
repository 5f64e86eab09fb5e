import { hostileJsonBodies } from '@holdfast/core/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/http/canonical-json.ts';

const canonical = (text: string) => canonicalJson(text, 64);

test.each([
  ['{"b":1,"a":2}', '{"a":2,"b":1}'],
  [' {\n"b" : [ 1 , 2 ],\t"a" : { "d" : null, "c" : true } }\r\n', '{"a":{"c":true,"d":null},"b":[1,2]}'],
  [String.raw`{"\u0061":"\u00e9\/"}`, '{"a":"é/"}'],
  ['"text"', '"text"'],
  ['  -0.50e+3 ', '-0.50e+3'],
  ['[]', '[]'],
  ['{}', '{}'],
  ['{"":{"":""}}', '{"":{"":""}}'],
  ['[{"b":1,"a":[]},{}]', '[{"a":[],"b":1},{}]'],
])('%j becomes %j', (text, expected) => {
  expect(canonical(text)).toBe(expected);
});

test('the order of keys, whitespace and escapes make no difference, whatever the data', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, shuffled(inner)]),
    );
  };
  const escaped = (text: string) =>
    text.replace(/[^\x20-\x7e\n]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      const once = canonical(text);
      expect(once).not.toBeNull();
      expect(canonical(escaped(JSON.stringify(shuffled(value), null, 2)))).toBe(once);
      expect(canonical(once ?? '')).toBe(once);
    }),
  );
});

test('two values that differ have two texts', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
      const parsed = [a, b].map((value) => JSON.parse(canonical(JSON.stringify(value)) ?? '') as unknown);
      expect(parsed).toEqual([a, b].map((value) => JSON.parse(JSON.stringify(value)) as unknown));
    }),
  );
});

test.each([
  ['the digits of a number', '{"a":1}', '{"a":1.0}'],
  ['a big number', '[9007199254740993]', '[9007199254740992]'],
  ['an exponent', '1e2', '100'],
  ['the sign of zero', '-0', '0'],
  ['a key that comes twice', '{"a":1,"a":2}', '{"a":2}'],
  ['the order of a key that comes twice', '{"a":1,"a":2}', '{"a":2,"a":1}'],
  ['a __proto__ key', '{"__proto__":{"admin":true}}', '{}'],
  ['what is under __proto__', '{"__proto__":{"admin":true}}', '{"__proto__":{"admin":false}}'],
  ['the order of a list', '[1,2]', '[2,1]'],
  ['text and number', '"1"', '1'],
  ['null and nothing', '{"a":null}', '{}'],
  ['a key and a value', '{"a":"b"}', '{"b":"a"}'],
  ['nesting', '[[1],2]', '[[1,2]]'],
])('%s makes a difference', (_name, a, b) => {
  expect(canonical(a)).not.toBeNull();
  expect(canonical(a)).not.toBe(canonical(b));
});

test.each(hostileJsonBodies().map(({ name, body }) => [name, Buffer.from(body).toString('utf8')] as const))(
  'is text of the same meaning, or nothing: %s',
  (_name, text) => {
    const result = canonical(text);
    if (result === null) return;
    expect(JSON.parse(result)).toEqual(JSON.parse(text));
    expect(canonical(result)).toBe(result);
  },
);

test.each([
  '',
  ' ',
  '{',
  '[1',
  '{"a"',
  '"a',
  '"a\\',
  '1 2',
  '{"a":1 "b":2}',
  '[1,]',
  "{'a':1}",
  'NaN',
  '}',
  '[}',
  '{]',
  '\u00a01',
  '\ufeff1',
])('%j is no JSON', (text) => {
  expect(canonical(text)).toBeNull();
});

test('nesting is bounded, without recursion', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(canonical(nested(64))).toBe(nested(64));
  expect(canonical(nested(65))).toBeNull();
  expect(canonical(nested(2_000_000))).toBeNull();
  expect(canonical('{"a":'.repeat(500_000))).toBeNull();
});

test('a megabyte of the worst kinds is read in time', () => {
  const inner = (length: number) => Array.from({ length }, (_, index) => `"k${length - index}":${index}`).join();
  const texts = [
    `{${inner(70_000)}}`,
    `${'['.repeat(64)}${'1,'.repeat(500_000)}1${']'.repeat(64)}`,
    `"${'\\n'.repeat(500_000)}"`,
    `[${'"a",'.repeat(250_000)}1]`,
    `[${'{},'.repeat(330_000)}1]`,
  ];
  for (const text of texts) expect(canonical(text)).not.toBeNull();
});
