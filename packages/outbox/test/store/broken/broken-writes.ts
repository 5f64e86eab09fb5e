import type { LogRecord } from '../../../src/store/log-record.ts';
import type { MemoryOutboxStore, SenderTransaction } from '../../../src/testing/index.ts';
import { withLanes } from './broken-reads.ts';
import type { BrokenStore } from './broken-store.ts';

export const brokenWrites: readonly BrokenStore[] = [
  {
    name: 'messages are written outside of the sender’s transaction',
    caughtBy: 'an entry whose transaction was rolled back is never returned',
    begin: autocommits,
  },
  {
    name: 'messages are visible before their transaction commits',
    caughtBy: 'an entry is returned only after its transaction has committed',
    begin: autocommits,
  },
  {
    name: 'keys are not locked until the commit',
    caughtBy: 'F4.8: of two transactions that append the same key the second waits, and commits after the first',
    parts: withoutKeys,
  },
  {
    name: 'the lane of a message is not decided by its key',
    caughtBy: 'lanes share the keys of a destination, and a key is always in the same one',
    parts: withoutKeys,
  },
  {
    name: 'all senders wait for each other',
    caughtBy: 'transactions that append different keys, or none, do not wait for each other',
    parts: ({ writer }) => ({
      writer: {
        async append(transaction, records) {
          const [first] = records;
          if (first !== undefined) await writer.append(transaction, [lockOnly(first)]);
          await writer.append(transaction, records);
        },
      },
    }),
  },
  {
    name: 'keys are locked in the order in which they are given',
    caughtBy: 'transactions that append the same keys in different orders do not block each other for ever',
    parts: ({ writer }) => ({
      writer: {
        async append(transaction, records) {
          for (const record of records) await writer.append(transaction, [record]);
        },
      },
    }),
  },
  {
    name: 'one append is written in the reverse order',
    caughtBy: 'records of one append come in the order in which they were given',
    parts: ({ writer }) => ({
      writer: { append: (transaction, records) => writer.append(transaction, records.toReversed()) },
    }),
  },
  {
    name: 'a message to an unknown destination goes to the default one',
    caughtBy: 'a message to a destination that was never declared is refused, and nothing of its append is sent',
    parts: ({ writer }) => ({
      writer: {
        append: (transaction, records) =>
          writer.append(
            transaction,
            records.map((record) => ({ ...record, destination: 'default' })),
          ),
      },
    }),
  },
  {
    name: 'bodies are text',
    caughtBy: 'bodies come back byte for byte, alone and in one append with others',
    parts: ({ writer }) => ({
      writer: { append: (transaction, records) => writer.append(transaction, records.map(throughText)) },
    }),
  },
];

/** Each append in a transaction of its own. */
function autocommits(store: MemoryOutboxStore, right: () => SenderTransaction): SenderTransaction {
  return {
    ...right(),
    async append(records) {
      const own = store.begin();
      await own.append(records);
      await own.commit();
    },
  };
}

function throughText(record: LogRecord): LogRecord {
  const body = Buffer.from(Buffer.from(record.envelope.body).toString('utf8'));
  return { ...record, envelope: { ...record.envelope, body } };
}

/** Hides the keys from the store, and puts them back when entries are read. */
function withoutKeys({ writer, lanes }: MemoryOutboxStore) {
  return {
    writer: {
      append: (transaction: Parameters<typeof writer.append>[0], records: readonly LogRecord[]) =>
        writer.append(
          transaction,
          records.map((record) => ({ ...record, envelope: { ...record.envelope, key: null } })),
        ),
    },
    lanes: withLanes(lanes, {}),
  };
}

function lockOnly({ envelope }: LogRecord): LogRecord {
  return { destination: 'default', delayMs: 0, envelope: { ...envelope, id: 'lock', key: 'the only lock' } };
}
