/** Time-outs that are reached often, so that late answers are common, and few attempts to undo, so that people are needed. */
export const CRASH_SAGA = { answerMs: 3_000, retryMs: 50, attempts: 3 } as const;
