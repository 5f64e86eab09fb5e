/**
 * How often a claim looks again when the key changed hands between its look and its write. Each round somebody else made progress,
 * so even the second is rare.
 */
export const MAX_CLAIM_LOOKS = 20;
