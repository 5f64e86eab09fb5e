import { DIFFICULTIES } from './difficult-customers.ts';
import type { InputItem, InputOrder } from './input-order.ts';
import type { OrderSource } from './order-source.ts';
import { SeededRandom } from './seeded-random.ts';

export interface GeneratedOrdersOptions {
  readonly seed: number;
  readonly count: number;
}

const PRODUCTS = 40;
const CUSTOMERS = 500;
const SOLD_OUT = 'product-41-soldout';
const SOLD_OUT_PRICE = 1_299;
/** Nobody has heard of it: its order waits for a review, and is cancelled by it. */
const UNHEARD_OF = 'product-unheard-of';

/** Of a hundred orders, which ones are difficult, so that every ending happens. */
const DIFFICULT_CUSTOMERS: ReadonlyMap<number, string> = new Map([
  [7, DIFFICULTIES.declined],
  [17, DIFFICULTIES.remote],
  [27, DIFFICULTIES.late],
  [37, DIFFICULTIES.silent],
  [47, DIFFICULTIES.unrefundable],
  [57, DIFFICULTIES.declined],
]);
const SOLD_OUT_AT: readonly number[] = [47, 67];
const UNHEARD_OF_AT = 77;

/** Made-up orders: the same ones for the same seed. */
export class GeneratedOrders implements OrderSource {
  readonly name: string;
  readonly orderCount: number;
  readonly rejectedLineCount = 0;
  readonly #seed: number;
  #lineCount = 0;

  constructor({ seed, count }: GeneratedOrdersOptions) {
    this.name = `${count.toLocaleString('en')} generated orders (seed ${seed})`;
    this.orderCount = count;
    this.#seed = seed;
  }

  /** Grows while {@link orders} is read. */
  get lineCount(): number {
    return this.#lineCount;
  }

  *orders(): Iterable<InputOrder> {
    const random = new SeededRandom(this.#seed);
    for (let number = 1; number <= this.orderCount; number += 1) {
      const order = this.#order(random, number);
      this.#lineCount += order.items.length;
      yield order;
    }
  }

  close(): void {}

  #order(random: SeededRandom, number: number): InputOrder {
    const orderId = `order-${this.#seed}-${String(number).padStart(6, '0')}`;
    const place = number % 100;
    const customerId = `customer-${random.upTo(CUSTOMERS)}${this.#difficulty(number)}`;
    const items = Array.from({ length: random.upTo(3) }, () => generatedItem(random));
    if (SOLD_OUT_AT.includes(place)) items.push({ productId: SOLD_OUT, quantity: 1, unitPrice: SOLD_OUT_PRICE });
    if (place === UNHEARD_OF_AT) items.push({ productId: UNHEARD_OF, quantity: 1, unitPrice: SOLD_OUT_PRICE });
    return { orderId, customerId, items, lines: [] };
  }

  /** Orders whose answer comes late are among the first ones: nobody is to wait for them in the end. */
  #difficulty(number: number): string {
    const difficulty = DIFFICULT_CUSTOMERS.get(number % 100) ?? '';
    const isLate = difficulty === DIFFICULTIES.late || difficulty === DIFFICULTIES.silent;
    return isLate && number > Math.max(100, this.orderCount / 2) ? '' : difficulty;
  }
}

/** Whether the shop has it. */
export function isForSale({ productId }: Pick<InputItem, 'productId'>): boolean {
  return productId !== UNHEARD_OF;
}

/** A product has one price, from 0.99 to 39.99. */
function generatedItem(random: SeededRandom): InputItem {
  const product = random.upTo(PRODUCTS);
  return { productId: `product-${product}`, quantity: random.upTo(4), unitPrice: (product - 1) * 100 + 99 };
}
