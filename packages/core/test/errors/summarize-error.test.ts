import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scrubCredentials, summarizeError } from '../../src/index.ts';
import { hostileStrings } from '../../src/testing/index.ts';

const withSecrets = [
  'connect failed: amqp://user:zan7zibar@host:5672/vhost',
  'Invalid URL amqp://user:zan7zibar@host',
  'Invalid URL: amqp://user:zan7/zibar@host',
  'Invalid URL: amqp://user:zan7@zibar@host',
  'Invalid URL: amqp://user:a zan7zibar@host',
  'postgres://:zan7zibar@host/db?sslmode=require',
  'redis://zan7zibar@host and then postgresql://app:zan7zibar@db:5432/x',
  'AMQP://USER:zan7zibar@HOST',
  'password=zan7zibar host=db',
  'Password: zan7zibar',
  '{"password":"zan7zibar","user":"x"}',
  "{ password: 'zan7zibar' }",
  'PGPASSWORD=zan7zibar psql',
  'aws_secret_access_key = zan7zibar',
  'SharedAccessKey=zan7zibar;EntityPath=q',
  'api-key: zan7zibar',
  'Authorization: Bearer zan7zibar.abc.def',
  'authorization: Basic zan7zibar==',
  'sent Bearer zan7zibar123456 to the server',
  'token=zan7zibar&x=1',
];

test.each(withSecrets)('credentials are scrubbed: %s', (text) => {
  expect(scrubCredentials(text)).not.toMatch(/zan7|zibar/);
  expect(summarizeError(new Error(text))).not.toMatch(/zan7|zibar/);
  expect(summarizeError(text)).not.toMatch(/zan7|zibar/);
  expect(summarizeError(new Error('x', { cause: new AggregateError([new Error(text)]) }))).not.toMatch(/zan7|zibar/);
});

test('a secret is scrubbed also when the kept part ends in the middle of it', () => {
  const text = `${'x'.repeat(270)} amqp://user:${'zan7zibar'.repeat(20)}@host`;
  expect(summarizeError(new Error(text))).not.toContain('zan7zibar');
});

test('the error of an invalid URL is summarized without the URL that it keeps', () => {
  const error = (() => {
    try {
      return new URL('amqp://user:zan7zibar@ho st:x');
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(summarizeError(error)).toBe('TypeError [ERR_INVALID_URL]: Invalid URL');
});

test('hosts, codes and names stay, for people who must find the fault', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  expect(summarizeError(refused)).toBe('Error [ECONNREFUSED]: connect ECONNREFUSED 127.0.0.1:5432');
  expect(summarizeError(new Error('cannot reach amqp://user:zan7zibar@host:5672'))).toContain('amqp://***@host:5672');
});

test('causes and aggregated errors are named', () => {
  const sockets = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]);
  const error = new TypeError('query failed', { cause: sockets });
  expect(summarizeError(error)).toBe(
    'TypeError: query failed <- AggregateError: Error: ::1 refused; Error: 127.0.0.1 refused',
  );
});

test('what drivers and parsers quote from payloads is left out', () => {
  const pg = Object.assign(new Error('invalid input syntax for type integer: "canary"'), { code: '22P02' });
  expect(summarizeError(pg)).toBe('Error [22P02]: invalid input syntax for type integer: "…"');
  const json = (() => {
    try {
      return JSON.parse('canary is here');
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(summarizeError(json)).not.toContain('canary');
  expect(summarizeError({ card: 'canary' })).toBe('a thrown object');
});

test('a summary is one printable line of at most 300 characters, whatever is thrown', () => {
  const nested: fc.Arbitrary<unknown> = fc.oneof(
    fc.anything(),
    fc.constantFrom(...hostileStrings),
    fc
      .record({ message: fc.string({ unit: 'binary', maxLength: 1_000 }), cause: fc.anything() })
      .map(({ message, cause }) => {
        return new Error(message, { cause });
      }),
  );
  fc.assert(
    fc.property(nested, (thrown) => {
      const summary = summarizeError(thrown);
      expect(summary.length).toBeLessThanOrEqual(300);
      expect(summary.isWellFormed()).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about control characters
      expect(summary).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    }),
  );
});

test('errors that fight back are summarized', () => {
  const endless = new Error('x');
  endless.cause = endless;
  expect(summarizeError(endless)).toBe('Error: x <- Error: x <- Error: x <- Error: x <- Error: x');
  const throwing = new Proxy(new Error('x'), {
    get() {
      throw new Error('no');
    },
  });
  expect(summarizeError(throwing)).toBe('an error that cannot be described');
});

test('text made to keep regular expressions busy is scrubbed soon: the test’s time limit is the proof', () => {
  for (const part of ['a://', 'a:', '://a:', 'password', '@', 'a://x:@', 'token-']) {
    expect(summarizeError(new Error(part.repeat(20_000))).length).toBeLessThanOrEqual(300);
  }
});
