/** The `lastError` of a call whose process was never heard of again. */
export const ABANDONED_CALL = 'the process that called it went away, or lost the database';
