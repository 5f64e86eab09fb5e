/** What a relay tells its owner. Never a payload, never a credential. Kinds may be added: pass over those you do not know. */
export type RelayEvent =
  | { readonly type: 'lane-claimed'; readonly lane: number; readonly destination: string }
  | { readonly type: 'lane-lost'; readonly lane: number; readonly reason: string }
  | {
      readonly type: 'message-parked';
      readonly lane: number;
      readonly messageId: string;
      readonly messageType: string;
      readonly reason: string;
    }
  | { readonly type: 'lane-blocked'; readonly lane: number; readonly messageId: string; readonly reason: string }
  | { readonly type: 'destination-unavailable'; readonly destination: string; readonly reason: string }
  | { readonly type: 'destination-available'; readonly destination: string }
  /** Old entries cannot be freed: one still waits to be relayed, or a transaction holds a lock on them. */
  | { readonly type: 'retention-delayed'; readonly reason: 'waiting' | 'locked' }
  | { readonly type: 'stalled'; readonly activity: string; readonly forMs: number }
  | { readonly type: 'error'; readonly activity: string; readonly error: string };

export type RelayEventListener = (event: RelayEvent) => void;
