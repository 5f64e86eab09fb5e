import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DataChange, dataChanges } from '../../src/runtime/data-change.ts';
import { recordedChanges } from '../../src/runtime/recorded-changes.ts';
import { redactedData } from '../../src/runtime/redacted-data.ts';

test.each<readonly [string, unknown, unknown, readonly DataChange[]]>([
  ['nothing where nothing changed', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  [
    'a nested value by its path',
    { a: { b: { c: 1, d: 2 } } },
    { a: { b: { c: 3, d: 2 } } },
    [{ path: 'a.b.c', before: 1, after: 3 }],
  ],
  [
    'an item of a list by its position',
    { a: [1, { b: 2 }] },
    { a: [1, { b: 3 }] },
    [{ path: 'a.1.b', before: 2, after: 3 }],
  ],
  ['an item that is added', { a: [1] }, { a: [1, 2] }, [{ path: 'a.1', after: 2 }]],
  ['an item that is gone', { a: [1, 2] }, { a: [1] }, [{ path: 'a.1', before: 2 }]],
  ['a value that is added', {}, { a: null }, [{ path: 'a', after: null }]],
  ['a value that is gone', { a: { b: 1 } }, {}, [{ path: 'a', before: { b: 1 } }]],
  ['an empty object that comes', {}, { a: {} }, [{ path: 'a', after: {} }]],
  ['null, which is a value', { a: null }, { a: 0 }, [{ path: 'a', before: null, after: 0 }]],
  ['a list that becomes an object', { a: [1] }, { a: { 0: 1 } }, [{ path: 'a', before: [1], after: { 0: 1 } }]],
  [
    'a date, which is a text',
    { at: '2026-01-01T00:00:00.000Z' },
    { at: '2026-01-02T00:00:00.000Z' },
    [{ path: 'at', before: '2026-01-01T00:00:00.000Z', after: '2026-01-02T00:00:00.000Z' }],
  ],
  ['the whole, when there was nothing', undefined, { a: 1 }, [{ path: '', after: { a: 1 } }]],
  ['the whole, when it is a value', 1, 2, [{ path: '', before: 1, after: 2 }]],
])('a difference tells %s', (...[, before, after, changes]) => {
  expect(dataChanges(before, after, [])).toEqual(changes);
});

test('keys that objects inherit are data like others', () => {
  const bad = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":{"a":1}}');
  const changes = dataChanges({}, bad, ['__proto__.admin']);
  expect(changes.map(({ path, after }) => [path, JSON.stringify(after)])).toEqual([
    ['__proto__', '{"admin":"[redacted]"}'],
    ['constructor', '1'],
    ['toString', '{"a":1}'],
  ]);
  expect(dataChanges(bad, {}, []).map(({ path }) => path)).toEqual(['__proto__', 'constructor', 'toString']);
  expect(JSON.stringify(redactedData(bad, ['nothing']))).toBe(JSON.stringify(bad));
  expect(JSON.parse(recordedChanges([...changes, { path: 'long', after: 'x'.repeat(20_000) }]))).toHaveLength(4);
  expect(({} as { readonly admin?: boolean }).admin).toBeUndefined();
});

test('a difference is empty exactly when nothing differs, and the same paths in both directions', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      const [from, to] = [JSON.parse(JSON.stringify(before)), JSON.parse(JSON.stringify(after))];
      const changes = dataChanges(from, to, []);
      expect(changes.length === 0).toBe(isDeepStrictEqual(from, to));
      expect(
        dataChanges(to, from, [])
          .map(({ path }) => path)
          .sort(),
      ).toEqual(changes.map(({ path }) => path).sort());
    }),
    { numRuns: 300 },
  );
});

test.each<readonly [string, readonly string[], unknown, unknown]>([
  [
    'at a path',
    ['customer.email'],
    { customer: { email: 'a@b', id: 1 } },
    { customer: { email: '[redacted]', id: 1 } },
  ],
  ['inside of a path', ['customer'], { customer: { email: 'a@b' } }, { customer: '[redacted]' }],
  [
    'at any step',
    ['items.*.note'],
    { items: [{ note: 'x', n: 1 }, { note: 'y' }] },
    { items: [{ note: '[redacted]', n: 1 }, { note: '[redacted]' }] },
  ],
  [
    'at any key',
    ['*.secret'],
    { a: { secret: 1 }, b: { secret: 2, c: 3 } },
    { a: { secret: '[redacted]' }, b: { secret: '[redacted]', c: 3 } },
  ],
  ['under a key with dots', ['customer.email'], { 'customer.email': 'a@b' }, { 'customer.email': '[redacted]' }],
  [
    'under keys with dots and a star',
    ['items.*.note.text'],
    { items: { 'a.b': { 'note.text': 'x' } } },
    { items: { 'a.b': { 'note.text': '[redacted]' } } },
  ],
  [
    'nowhere else',
    ['email'],
    { customer: { email: 'shown' }, emails: 'shown' },
    { customer: { email: 'shown' }, emails: 'shown' },
  ],
])('redaction hides what is %s', (...[, redact, data, shown]) => {
  expect(redactedData(data, redact)).toEqual(shown);
  expect(dataChanges(undefined, data, redact)).toEqual([{ path: '', after: shown }]);
  expect(dataChanges(data, undefined, redact)).toEqual([{ path: '', before: shown }]);
});

test('a change at a redacted path says that it changed, and not to what', () => {
  const changes = dataChanges(
    { items: [{ note: 'secret 1' }], customer: { name: 'Ada' } },
    { items: [{ note: 'secret 2' }, { note: 'secret 3' }], customer: 'Ada' },
    ['items.*.note', 'customer.name'],
  );
  expect(changes).toEqual([
    { path: 'items.0.note', before: '[redacted]', after: '[redacted]' },
    { path: 'items.1', after: { note: '[redacted]' } },
    { path: 'customer', before: { name: '[redacted]' }, after: 'Ada' },
  ]);
});

test('a change inside of a redacted path is not shown', () => {
  const [before, after] = [
    { card: { number: '1', owner: { name: 'Ada' } } },
    { card: { number: '2', owner: { name: 'Eve' } } },
  ];
  expect(dataChanges(before, after, ['card'])).toEqual([
    { path: 'card.number', before: '[redacted]', after: '[redacted]' },
    { path: 'card.owner.name', before: '[redacted]', after: '[redacted]' },
  ]);
});

test('a history entry stays small however much has changed, and says what was cut', () => {
  const text = { path: 'a', before: 1, after: '\u0000'.repeat(1_000_000) };
  expect(JSON.parse(recordedChanges([text]))).toEqual([
    { path: 'a', before: 1, after: `${'\u0000'.repeat(500)}… [cut: 999500 more characters]` },
  ]);
  const list = JSON.parse(
    recordedChanges([{ path: '', after: { ids: Array.from({ length: 100_000 }, (_, n) => n) } }]),
  );
  expect(list[0].after.ids.at(-1)).toMatch(/^\[cut: 9\d{4} more\]$/);
  const many = Array.from({ length: 50_000 }, (_, n) => ({ path: `k${n}`, before: n, after: n + 1 }));
  expect(JSON.parse(recordedChanges(many)).at(-1)).toEqual({
    path: expect.stringMatching(/^\[cut: 4\d{4} more changes\]$/),
  });
  const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, 'x'.repeat(600)]));
  expect(Object.keys(JSON.parse(recordedChanges([{ path: '', after: wide }]))[0].after).at(-1)).toMatch(
    /^\[cut: 499\d\d more\]$/,
  );
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(200), (value, copies) => {
      const after = Array.from({ length: copies * 20 }, () => value);
      expect(recordedChanges([{ path: 'x'.repeat(copies), after }]).length).toBeLessThan(24_000);
    }),
    { numRuns: 100 },
  );
});
