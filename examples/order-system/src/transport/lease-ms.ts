/** Short, so that what could not be settled while the transport was down comes again soon. */
export const LEASE_MS = 2_000;
