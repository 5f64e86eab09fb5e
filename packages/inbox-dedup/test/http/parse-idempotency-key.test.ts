import { expect, test } from 'vitest';
import { parseIdempotencyKey } from '../../src/http/parse-idempotency-key.ts';

const uuid = '8e03978e-40d5-43e8-bc93-6894a57f9324';

test.each([
  [`"${uuid}"`, uuid],
  [uuid, uuid],
  ['"a b"', 'a b'],
  ['"a, b; c=\'d\'"', "a, b; c='d'"],
  [String.raw`"say \"hi\" \\ there"`, String.raw`say "hi" \ there`],
  ['bXkga2V5Cg==', 'bXkga2V5Cg=='],
  ["!#$%&'*+-./:<=>?@[]^_`{|}~", "!#$%&'*+-./:<=>?@[]^_`{|}~"],
  [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
])('the key in %j is %j', (header, key) => {
  expect(parseIdempotencyKey(header, 255)).toBe(key);
});

test.each([
  ['nothing', ''],
  ['an empty string', '""'],
  ['an open string', '"abc'],
  ['a string that ends in the middle', '"a"b"'],
  ['an escape that means nothing', String.raw`"a\n"`],
  ['an escape at the end', '"a\\"'],
  ['two headers', '"a", "b"'],
  ['two bare headers', 'a, b'],
  ['a parameter', '"a";b=1'],
  ['a bare parameter', 'a;b=1'],
  ['a space in a bare key', 'a b'],
  ['a backslash in a bare key', 'a\\b'],
  ['a tab', '"a\tb"'],
  ['a null', '"a\0b"'],
  ['a delete', '"a\x7f"'],
  ['beyond ASCII', '"schlüssel"'],
  ['beyond ASCII, bare', 'schlüssel'],
  ['a key that is too long', `"${'x'.repeat(256)}"`],
  ['a bare key that is too long', 'x'.repeat(256)],
  ['a key of a megabyte', 'x'.repeat(1_000_000)],
])('%s is malformed', (_name, header) => {
  expect(parseIdempotencyKey(header, 255)).toBeNull();
});
