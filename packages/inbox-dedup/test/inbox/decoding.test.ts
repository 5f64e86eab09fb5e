import { EventRegistry, InvalidOptionError } from '@holdfast/core';
import { Inbox, type InboxOptions, PostgresInboxStore, SqliteInboxStore } from '@holdfast/inbox-dedup';
import type { PgTransaction } from '@holdfast/sql/pg';
import { describe, expect, test } from 'vitest';
import { events, orderEnvelope } from './order-events.ts';

const noDatabase = () => {
  throw new Error('the database must not be asked');
};

function inbox(options: Partial<InboxOptions<PgTransaction>> = {}) {
  const transactions = {
    dialect: 'postgresql',
    executor: noDatabase,
    execute: noDatabase,
    transaction: noDatabase,
  } as const;
  return new Inbox({ consumer: 'payment', store: new PostgresInboxStore(), transactions, events, ...options });
}

const envelope = orderEnvelope();
const attributes = (more: Record<string, string>) => Object.assign(Object.create(null), envelope.attributes, more);

describe('a message that cannot be decoded keeps the error of core and asks no database', () => {
  test.each([
    ['F5.10: a malformed body', { ...envelope, body: Buffer.from('{') }, 'ERR_CORE_MALFORMED_MESSAGE'],
    ['F5.10: no id', { ...envelope, id: '' }, 'ERR_CORE_MALFORMED_MESSAGE'],
    ['F5.8: an unknown type', { ...envelope, type: 'order.sent' }, 'ERR_CORE_UNKNOWN_EVENT_TYPE'],
    [
      'F9.1: a newer version',
      { ...envelope, attributes: attributes({ dataschema: 'urn:holdfast:schema:order.placed:2' }) },
      'ERR_CORE_UNKNOWN_EVENT_VERSION',
    ],
    ['F9.1: other data', { ...envelope, body: Buffer.from('{}') }, 'ERR_CORE_SCHEMA_VALIDATION'],
  ])('%s', async (_, received, code) => {
    await expect(inbox().handle(received, noDatabase)).rejects.toMatchObject({ code, failureClass: 'permanent' });
    const [result] = await inbox().handleBatch([{ envelope: received }], noDatabase);
    expect(result).toMatchObject({ outcome: 'failed', error: { code } });
  });
});

describe('an inbox refuses options that cannot be meant', () => {
  test.each([
    ['consumer', { consumer: '' }],
    ['consumer', { consumer: 'x'.repeat(129) }],
    ['store', { store: new SqliteInboxStore() }],
    ['transactionAttempts', { transactionAttempts: 0 }],
    ['prepareConcurrency', { prepareConcurrency: 0 }],
  ])('%s', (option, options) => {
    expect(() => inbox(options)).toThrow(InvalidOptionError);
    expect(() => inbox(options)).toThrow(`"${option}"`);
  });

  test('an attempt below one is refused', async () => {
    await expect(inbox().handle(envelope, noDatabase, { attempt: 0 })).rejects.toThrow('"attempt"');
  });
});

test('a consumer that knows no event decodes nothing', async () => {
  await expect(inbox({ events: new EventRegistry([]) }).handle(envelope, noDatabase)).rejects.toMatchObject({
    code: 'ERR_CORE_UNKNOWN_EVENT_TYPE',
  });
});
