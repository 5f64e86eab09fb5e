/** What happens beside the calls of its user. No payload is in it. */
export type SqsEvent =
  /** Something that is no message of ours was moved to the dead-letter queue. */
  | { readonly kind: 'malformed'; readonly queue: string; readonly messageId: string; readonly reason: string }
  /** Messages that came after their pull had ended were handed back, because no other pull came for them. */
  | { readonly kind: 'handed-back'; readonly queue: string; readonly messages: number }
  /** Something in the background failed, and is tried again. */
  | { readonly kind: 'failed'; readonly activity: string; readonly reason: string };
