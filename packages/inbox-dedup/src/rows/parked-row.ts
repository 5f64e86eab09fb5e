import { decodeAttributes, encodeAttributes } from '@holdfast/core';
import { bigintColumn, bytesColumn, numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type {
  BlockedCause,
  BlockedKey,
  GatedMessage,
  ParkedMessage,
  Sequence,
  SequencePosition,
  SequenceState,
} from '../store/gate-store.ts';

/** The values that name a sequence, in the order of its columns: consumer, source, stream, key. */
export function sequenceValues({ consumer, source, stream, key }: Sequence): readonly string[] {
  return [consumer, source, stream, key];
}

export const PARKED_COLUMNS =
  'consumer, source, stream, key, number, id, type, attributes, body, digest, role, reason, tries, replacement, retry_at';

/** The values of a parked message, in the order of {@link PARKED_COLUMNS}; then in how many milliseconds it is due. */
export function parkedValues(message: GatedMessage): readonly unknown[] {
  const { sequence, number, envelope, digest, role, reason, tries, isReplacement, retryInMs } = message;
  const { id, type, attributes, body } = envelope;
  return [
    ...sequenceValues(sequence),
    number,
    id,
    type,
    encodeAttributes(attributes),
    body,
    digest,
    role,
    reason,
    BigInt(tries),
    isReplacement ? 1n : 0n,
    retryInMs === null ? null : BigInt(Math.ceil(retryInMs)),
  ];
}

/** From a row with its columns, `replacement` and `waits` as 0 or 1. */
export function parkedMessageOf(row: SqlRow, sequence: Sequence): ParkedMessage {
  const reason = row['reason'];
  return {
    sequence,
    number: bigintColumn(row, 'number'),
    envelope: {
      id: textColumn(row, 'id'),
      source: sequence.source,
      type: textColumn(row, 'type'),
      key: sequence.key,
      attributes: decodeAttributes(textColumn(row, 'attributes')),
      body: bytesColumn(row, 'body'),
    },
    digest: bytesColumn(row, 'digest'),
    role: textColumn(row, 'role') === 'failed' ? 'failed' : 'early',
    reason: typeof reason === 'string' ? reason : null,
    isReplacement: numberColumn(row, 'replacement') === 1,
    waitsForRetry: numberColumn(row, 'waits') === 1,
    tries: numberColumn(row, 'tries'),
  };
}

/** From a row of a sequence. */
export function sequenceStateOf(row: SqlRow): SequenceState {
  return { applied: bigintColumn(row, 'applied'), parked: numberColumn(row, 'parked') };
}

/** From a row with consumer, source, stream, key and `next`. */
export function positionOf(row: SqlRow): SequencePosition {
  const [consumer, source, stream, key] = ['consumer', 'source', 'stream', 'key'].map((name) => textColumn(row, name));
  return {
    sequence: { consumer: consumer ?? '', source: source ?? '', stream: stream ?? '', key: key ?? '' },
    next: bigintColumn(row, 'next'),
  };
}

/** From such a row with `cause`, id, type, reason, `waiting`, `first`, `last` and `since` besides. */
export function blockedKeyOf(row: SqlRow): BlockedKey {
  const text = (column: string) => (typeof row[column] === 'string' ? row[column] : null);
  return {
    ...positionOf(row),
    cause: textColumn(row, 'cause') as BlockedCause,
    id: text('id'),
    type: text('type'),
    reason: text('reason'),
    waiting: numberColumn(row, 'waiting'),
    first: bigintColumn(row, 'first'),
    last: bigintColumn(row, 'last'),
    since: numberColumn(row, 'since'),
  };
}
