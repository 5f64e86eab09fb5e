import { expect, test } from 'vitest';
import { requestFingerprint } from '../../src/http/request-fingerprint.ts';

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string | null;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly chosen?: string;
}

function print({ method = 'POST', path = '/orders', type = 'application/json', body = '{}', ...more }: Sent): string {
  const headers = { ...(type !== null && { 'content-type': type }), ...more.headers };
  const request = new Request(`http://shop.example${path}`, { method, headers });
  return Buffer.from(requestFingerprint({ request, body: Buffer.from(body), chosen: more.chosen })).toString('hex');
}

const one = '{"a":1,"b":"é"}';
const same = '{ "b": "\\u00e9", "a": 1 }';
const utf16 = Buffer.from(one, 'utf16le');

test.each<[string, Sent, Sent]>([
  ['the order of keys, whitespace and escapes of JSON', { body: one }, { body: same }],
  [
    'JSON of another name',
    { body: one, type: 'application/vnd.shop+json' },
    { body: same, type: 'application/vnd.shop+json' },
  ],
  ['charset and case of the media type', { body: one, type: 'Application/JSON; charset=UTF-8' }, { body: same }],
  ['other headers', { headers: { 'user-agent': 'a', authorization: 'b' } }, {}],
  ['the host', { path: '' }, { path: '/' }],
  ['what the caller leaves out', { body: 'a', chosen: 'x' }, { body: 'b', chosen: 'x' }],
])('%s: the same fingerprint', (_name, a, b) => {
  expect(print(a)).toBe(print(b));
});

test.each<[string, Sent, Sent]>([
  ['method', { method: 'PATCH' }, {}],
  ['path', { path: '/orders/1' }, {}],
  ['query', { path: '/orders?dry=1' }, {}],
  ['order of the query', { path: '/orders?a=1&b=2' }, { path: '/orders?b=2&a=1' }],
  ['body', { body: '{"a":1}' }, { body: '{"a":2}' }],
  ['digits of numbers', { body: '{"a":1}' }, { body: '{"a":1.0}' }],
  ['duplicate keys', { body: '{"a":1,"a":2}' }, { body: '{"a":2}' }],
  ['__proto__', { body: '{"__proto__":1}' }, { body: '{}' }],
  ['media type', { body: '{}', type: 'text/plain' }, { body: '{}' }],
  ['no media type', { body: '{}', type: null }, { body: '{}' }],
  ['whitespace of what is not JSON', { body: one, type: 'text/plain' }, { body: same, type: 'text/plain' }],
  [
    'order of form fields',
    { body: 'a=1&b=2', type: 'application/x-www-form-urlencoded' },
    { body: 'b=2&a=1', type: 'application/x-www-form-urlencoded' },
  ],
  ['broken JSON', { body: '{"a":1' }, { body: '{ "a":1' }],
  ['JSON that is not UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, { body: Buffer.from([0x22, 0xfe, 0x22]) }],
  [
    'JSON in another charset',
    { body: one, type: 'application/json; charset=latin1' },
    { body: same, type: 'application/json; charset=latin1' },
  ],
  [
    'compressed JSON',
    { body: one, headers: { 'content-encoding': 'gzip' } },
    { body: same, headers: { 'content-encoding': 'gzip' } },
  ],
  [
    'JSON that is too deep',
    { body: `${'['.repeat(100)}1${']'.repeat(100)}` },
    { body: ` ${'['.repeat(100)}1${']'.repeat(100)}` },
  ],
  ['UTF-16 and its bytes', { body: utf16 }, { body: one }],
  ['a byte order mark', { body: `\ufeff${one}` }, { body: one }],
  ['empty and null', { body: '' }, { body: 'null' }],
  [
    'what the caller chooses, and the same as a body',
    { body: 'x', chosen: 'x' },
    { body: 'x', type: 'application/json' },
  ],
])('%s: another fingerprint', (_name, a, b) => {
  expect(print(a)).not.toBe(print(b));
});

test('a multipart body is compared by its bytes, boundary included', () => {
  const part = (boundary: string): Sent => ({
    type: `multipart/form-data; boundary=${boundary}`,
    body: `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--${boundary}--\r\n`,
  });
  expect(print(part('x'))).toBe(print(part('x')));
  expect(print(part('x'))).not.toBe(print(part('y')));
});
