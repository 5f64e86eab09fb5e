import { HoldfastError } from '@holdfast/core';

/** The database is not the one that the cursor was read from: it was restarted or restored, or another copy was promoted. */
export class HistoryChangedError extends HoldfastError {
  readonly code = 'ERR_OUTBOX_HISTORY_CHANGED';
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    super(
      `The database's history changed from "${expected}" to "${found}" (restarted, restored, or another copy was ` +
        'promoted). The relay claims its lane anew and sends again from the last safe position; nothing is to be done.',
    );
    this.expected = expected;
    this.found = found;
  }
}
