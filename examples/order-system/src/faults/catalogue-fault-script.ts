export type CatalogueFaultEvent =
  | { readonly type: 'products-away' }
  | { readonly type: 'products-back'; readonly ordersMeanwhile: number };

export interface CatalogueFaultScriptOptions {
  /** Cuts the way to the product service, or mends it. */
  readonly setAvailable: (available: boolean) => void;
  /** How many orders will be placed: it is away from two fifths of them on, for some of them. */
  readonly orderCount: number;
  readonly onEvent: (event: CatalogueFaultEvent) => void;
}

/** The product service is away while some orders come in: nobody can say whether their products exist. */
export class CatalogueFaultScript {
  readonly #options: CatalogueFaultScriptOptions;
  #awayAt: number | null = null;
  #isOver = false;

  constructor(options: CatalogueFaultScriptOptions) {
    this.#options = options;
  }

  /** How many orders were placed; begins and ends what is due by then. */
  placed(count: number): void {
    const { orderCount, setAvailable, onEvent } = this.#options;
    if (this.#isOver || orderCount === 0) return;
    if (this.#awayAt === null) {
      if (count < Math.floor((orderCount * 2) / 5)) return;
      this.#awayAt = count;
      setAvailable(false);
      onEvent({ type: 'products-away' });
    } else if (count > this.#awayAt && (count >= Math.floor(orderCount * 0.43) || count === orderCount)) {
      this.#isOver = true;
      setAvailable(true);
      onEvent({ type: 'products-back', ordersMeanwhile: count - this.#awayAt });
    }
  }

  /** It is there in the end, also when not all orders were placed. */
  end(): void {
    this.#isOver = true;
    this.#options.setAvailable(true);
  }
}
