/** Figures stop counting here, so that the cost of a count does not grow with a backlog. */
export const COUNT_BOUND = 10_000;
