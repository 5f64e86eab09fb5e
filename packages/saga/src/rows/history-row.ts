import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type { HistoryCause, HistoryEntry } from '../store/history-entry.ts';
import type { TimedHistoryEntry } from '../store/saga-queries.ts';
import { nullableText } from './nullable-column.ts';

/** The columns of {@link historyValues}, in its order. `from` and `to` are reserved words. */
export const HISTORY_COLUMNS =
  'number, cause, name, message_source, message_id, from_state, to_state, label, changes, sent, actor, reason';

export function historyValues(entry: HistoryEntry): readonly [number, ...(string | null)[]] {
  const { number, cause, name, messageSource, messageId, from, to, label, changes, sent, actor, reason } = entry;
  return [number, cause, name, messageSource, messageId, from, to, label, changes, sent, actor, reason];
}

export function historyEntryOf(row: SqlRow): TimedHistoryEntry {
  return {
    number: numberColumn(row, 'number'),
    cause: textColumn(row, 'cause') as HistoryCause,
    name: textColumn(row, 'name'),
    messageSource: nullableText(row, 'message_source'),
    messageId: nullableText(row, 'message_id'),
    from: nullableText(row, 'from_state'),
    to: textColumn(row, 'to_state'),
    label: nullableText(row, 'label'),
    changes: textColumn(row, 'changes'),
    sent: textColumn(row, 'sent'),
    actor: nullableText(row, 'actor'),
    reason: nullableText(row, 'reason'),
    at: numberColumn(row, 'at'),
  };
}
