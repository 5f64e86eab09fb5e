/** Rows are counted up to here: figures must not cost more when there is more. */
export const COUNT_BOUND = 10_000;
