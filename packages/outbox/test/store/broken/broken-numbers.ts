import type { LogRecord } from '../../../src/store/log-record.ts';
import type { BrokenStore } from './broken-store.ts';

export const brokenNumbers: readonly BrokenStore[] = [
  {
    name: 'a number is used up when the transaction rolls back',
    caughtBy: 'F5.7: a transaction that rolls back leaves no gap in the numbers',
    parts: ({ writer }) => ({ writer: { append: drawingAtOnce((...given) => writer.append(...given)) } }),
  },
  {
    name: 'numbers are drawn before the lock of the key is held',
    caughtBy: 'F5.7: senders at once, some of which roll back: no gap, no number twice, and numbers in commit order',
    parts: ({ writer }) => ({ writer: { append: drawingAtOnce((...given) => writer.append(...given)) } }),
  },
  {
    name: 'all streams share the numbers of a key',
    caughtBy:
      'F5.7: each stream and key has its own numbers, from 1, in the order given, over several appends and transactions',
    parts: ({ writer }) => ({
      writer: {
        append: (transaction, records) =>
          writer.append(
            transaction,
            records.map((record) => (record.stream === undefined ? record : { ...record, stream: 'one' })),
          ),
      },
    }),
  },
  {
    name: 'a delayed message gets no number',
    caughtBy: 'a delayed message has the number of its append, and a replayed one keeps its own',
    parts: ({ writer }) => ({
      writer: {
        append: (transaction, records) =>
          writer.append(
            transaction,
            records.map(({ stream, ...record }) =>
              stream === undefined || record.delayMs > 0 ? record : { ...record, stream },
            ),
          ),
      },
    }),
  },
];

/** As from a sequence of the database: at once, for good, whoever commits first. */
function drawingAtOnce<Tx>(append: (transaction: Tx, records: readonly LogRecord[]) => Promise<void>) {
  const last = new Map<string, number>();
  return (transaction: Tx, records: readonly LogRecord[]) =>
    append(
      transaction,
      records.map(({ stream, ...record }) => {
        if (stream === undefined) return record;
        const series = `${stream} ${record.envelope.key}`;
        const number = (last.get(series) ?? 0) + 1;
        last.set(series, number);
        const attributes = { ...record.envelope.attributes, sequence: String(number) };
        return { ...record, envelope: { ...record.envelope, attributes } };
      }),
    );
}
