import { Loop } from '@holdfast/core';
import type { SagaOperations, ShownSaga } from '@holdfast/saga';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { CatalogueCheckout, CatalogueVerdict } from './catalogue-checkout.ts';

/** What became of an order that waited for a review. */
export interface Review {
  readonly orderId: string;
  readonly verdict: Exclude<CatalogueVerdict, 'nobody knows'>;
}

export interface ReviewDeskOptions {
  readonly operations: SagaOperations<SqliteHandle>;
  readonly checkout: CatalogueCheckout;
  readonly onReviewed: (reviews: readonly Review[]) => void;
  readonly onError: (error: unknown) => void;
  /** Pauses while there is nothing to review, in milliseconds. @default from 50 to 200 */
  readonly idleMs?: { readonly min: number; readonly max: number };
}

const PAGE = 100;
const ACTOR = 'review desk';

/**
 * The reconciliation of orders that were accepted while the product service was away (F12.4): when it is back, they are carried out, or
 * cancelled when there is no such product. A person may decide the same by hand before.
 */
export class ReviewDesk {
  readonly #options: ReviewDeskOptions;
  readonly #loop: Loop;

  constructor(options: ReviewDeskOptions) {
    this.#options = options;
    this.#loop = new Loop({
      name: 'review desk',
      runOnce: async () => ((await this.reconcile()).length > 0 ? 'busy' : 'idle'),
      idleMs: options.idleMs ?? { min: 50, max: 200 },
      onError: options.onError,
    });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  /** Decides what can be decided now. */
  async reconcile(): Promise<readonly Review[]> {
    const { operations, checkout, onReviewed } = this.#options;
    const { instances } = await operations.list({ saga: 'order', kinds: ['attention'], states: ['held'], limit: PAGE });
    const reviews: Review[] = [];
    for (const { saga, key } of instances) {
      const { instance } = await operations.show({ saga, key });
      const verdict = await checkout.verdict(productsOf(instance));
      // The others can be judged no better.
      if (verdict === 'nobody knows') break;
      const action = verdict === 'for sale' ? 'release' : 'cancel';
      await operations.act({ saga, key }, { action, actor: ACTOR, reason: verdict });
      reviews.push({ orderId: key, verdict });
    }
    if (reviews.length > 0) onReviewed(reviews);
    return reviews;
  }
}

function productsOf({ data }: ShownSaga['instance']): readonly string[] {
  const { input } = data as { readonly input: { readonly items: readonly { readonly productId: string }[] } };
  return input.items.map(({ productId }) => productId);
}
