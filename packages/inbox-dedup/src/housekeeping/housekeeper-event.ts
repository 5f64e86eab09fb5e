/** What an {@link InboxHousekeeper} tells. */
export type HousekeeperEvent =
  | { readonly type: 'purged'; readonly consumer: string; readonly records: number; readonly attempts: number }
  /** A run failed; the next one tries again. */
  | { readonly type: 'error'; readonly consumer: string; readonly activity: string; readonly error: string }
  | { readonly type: 'stalled'; readonly consumer: string; readonly activity: string };
