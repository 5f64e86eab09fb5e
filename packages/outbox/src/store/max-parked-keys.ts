/** Most parked keys that a claim holds in memory; from `maxParkedKeys`, at most this, on the relay blocks instead of parking. */
export const MAX_PARKED_KEYS = 100_000;
