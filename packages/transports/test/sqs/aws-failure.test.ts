import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { AttemptLog } from '../../src/aws/attempt-log.ts';
import { awsFailure } from '../../src/aws/aws-failure.ts';
import { sqsClient } from './aws-clients.ts';
import { AwsLikeServer, type Handler } from './aws-like-server.ts';

function error(fields: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error(String(fields['message'] ?? 'failed')), fields);
}

const timeout = { name: 'TimeoutError' };
const kinds: readonly (readonly [string, Error, string])[] = [
  ['a refused connection', error({ code: 'ECONNREFUSED', syscall: 'connect' }), 'unavailable'],
  ['a name that nobody knows', error({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }), 'unavailable'],
  ['a connection that does not come about', error({ code: 'ETIMEDOUT', syscall: 'connect' }), 'unavailable'],
  [
    'a connection that the client waits for no longer',
    error({ ...timeout, message: 'the request socket did not establish a connection with the server within 10 ms.' }),
    'unavailable',
  ],
  ['missing credentials', error({ name: 'CredentialsProviderError' }), 'unavailable'],
  ['a certificate that is not trusted', error({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'unavailable'],
  ['a reset', error({ ...timeout, code: 'ECONNRESET', syscall: 'read' }), 'unknown'],
  ['a broken pipe', error({ code: 'EPIPE', syscall: 'write' }), 'unknown'],
  ['silence', error({ ...timeout, message: 'the request socket timed out after 10 ms of inactivity' }), 'unknown'],
  ['silence as older clients call it', error({ ...timeout, message: 'Connection timed out after 10 ms' }), 'unknown'],
  ['an abort', error({ name: 'AbortError' }), 'unknown'],
  ['an answer that nobody can read', error({ name: 'SyntaxError', $metadata: { httpStatusCode: 200 } }), 'unknown'],
  ['a record that cannot be decrypted', error({ code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC' }), 'unknown'],
  ['HTTP 408', error({ name: 'SyntaxError', $metadata: { httpStatusCode: 408 } }), 'unknown'],
  ['a handshake of another protocol', error({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'unavailable'],
  ['a page of a proxy', error({ name: 'SyntaxError', $metadata: { httpStatusCode: 403 } }), 'unavailable'],
  ['a wrong endpoint', error({ name: 'SyntaxError', $metadata: { httpStatusCode: 400 } }), 'unavailable'],
  ['a wrong clock', error({ name: 'RequestTimeTooSkewed', $metadata: { httpStatusCode: 403 } }), 'unavailable'],
  [
    'a name that is not free yet',
    error({ name: 'QueueDeletedRecently', $metadata: { httpStatusCode: 400 } }),
    'unavailable',
  ],
  ['a bad value', error({ name: 'InvalidParameterValue', $metadata: { httpStatusCode: 400 } }), 'refused'],
  [
    'a request that a proxy finds too large',
    error({ name: 'SyntaxError', $metadata: { httpStatusCode: 413 } }),
    'refused',
  ],
  ['HTTP 502', error({ name: 'Unknown', $metadata: { httpStatusCode: 502 } }), 'unknown'],
];

describe('an error of a client', () => {
  test.each(kinds)('%s says whether the request was done', (_, thrown, kind) => {
    expect(awsFailure(thrown).kind).toBe(kind);
  });

  test('of several addresses is clear only if no address was reached', () => {
    const refused = error({ code: 'ECONNREFUSED', syscall: 'connect' });
    const reset = error({ code: 'ECONNRESET', syscall: 'read' });
    expect(awsFailure(new AggregateError([refused, refused])).kind).toBe('unavailable');
    expect(awsFailure(new AggregateError([refused, reset])).kind).toBe('unknown');
  });

  test('is read whatever was thrown', () => {
    for (const thrown of [undefined, null, 'text', 1, {}, { $metadata: 'x' }, { name: 1, code: {} }]) {
      expect(awsFailure(thrown).kind).toBe('unknown');
    }
  });
});

test('a lost attempt counts, whatever the last one says; without one the last one counts', () => {
  const refused = error({ code: 'ECONNREFUSED', syscall: 'connect' });
  const clear = new AttemptLog();
  clear.record(refused);
  expect(clear.failureOf(refused).kind).toBe('unavailable');
  const lost = new AttemptLog();
  lost.record(error({ code: 'ECONNRESET', syscall: 'read' }));
  lost.record(refused);
  expect(lost.failureOf(refused).kind).toBe('unknown');
});

describe('the official client', () => {
  const answers: readonly (readonly [string, Handler | null, string])[] = [
    ['that nobody answers', null, 'unavailable'],
    ['whose connection is reset', () => ({ isCut: true }), 'unknown'],
    [
      'that a gateway refuses without a word',
      () => ({ status: 503, headers: { 'content-type': 'text/html' } }),
      'unavailable',
    ],
  ];

  test.each(answers)('%s throws what is read so', async (_, handler, kind) => {
    const server = await AwsLikeServer.listen({});
    if (handler !== null) server.on('ListQueues', handler);
    const client = sqsClient(server.url, { maxAttempts: 1 });
    if (handler === null) await server.close();
    const thrown = await client.send(new ListQueuesCommand({})).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(awsFailure(thrown).kind).toBe(kind);
    client.destroy();
    if (handler !== null) await server.close();
  });
});
