/** How often a claim looks again when somebody else was quicker. Each time somebody got on, so one look more is the rule. */
export const MAX_CLAIM_LOOKS = 10;
/** What the one is told that was never quick enough. */
export const CONTENDED_RETRY_MS = 50;
