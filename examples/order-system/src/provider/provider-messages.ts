/** What the provider's process tells its parent. */
export type FromProvider =
  | { readonly kind: 'listening'; readonly port: number }
  /** A charge was made, and nobody was told. */
  | { readonly kind: 'answer-withheld' };

/**
 * What the parent tells the provider's process: answer nothing any more, it is about to be killed; or give back, too, what it has refused
 * to give back.
 */
export type ToProvider = { readonly kind: 'withhold-answers' } | { readonly kind: 'accept-refunds' };
