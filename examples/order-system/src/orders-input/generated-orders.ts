import type { InputItem, InputOrder } from './input-order.ts';
import type { OrderSource } from './order-source.ts';
import { SeededRandom } from './seeded-random.ts';

export interface GeneratedOrdersOptions {
  readonly seed: number;
  readonly count: number;
}

const PRODUCTS = 40;
const CUSTOMERS = 500;

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
    const customerId = `customer-${random.upTo(CUSTOMERS)}`;
    const items = Array.from({ length: random.upTo(3) }, () => generatedItem(random));
    return { orderId, customerId, items, lines: [] };
  }
}

/** A product has one price, from 0.99 to 39.99. */
function generatedItem(random: SeededRandom): InputItem {
  const product = random.upTo(PRODUCTS);
  return { productId: `product-${product}`, quantity: random.upTo(4), unitPrice: (product - 1) * 100 + 99 };
}
