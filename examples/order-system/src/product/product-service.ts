import { productChanged } from '../contracts/product-changed.ts';
import { LoggedOutbox } from '../outbox/logged-outbox.ts';
import { openSendingDatabase, type SendingDatabase, sendingTables } from '../outbox/sending-database.ts';
import type { Durability } from '../sqlite/open-database.ts';
import type { ProductLookup, ProductPrice } from './product-lookup.ts';

export const PRODUCT_TABLES = sendingTables(`
  create table if not exists product (
    product_id text primary key,
    unit_price integer not null check (unit_price >= 0),
    changed_at text not null
  ) strict, without rowid;
`);

/** Knows the products and what they cost, and tells when that changes. The only writer of the product database. */
export class ProductService implements ProductLookup {
  readonly #database: SendingDatabase;
  readonly #outbox: LoggedOutbox;
  readonly #put;

  constructor(database: SendingDatabase) {
    this.#database = database;
    this.#outbox = new LoggedOutbox(database, { store: database.outboxStore, source: '/products' });
    this.#put = database.handle.prepare(
      `insert into product values (?, ?, ?) on conflict do update
       set unit_price = excluded.unit_price, changed_at = excluded.changed_at where unit_price <> excluded.unit_price`,
    );
  }

  static async open(file: string, outlives?: Durability): Promise<ProductService> {
    return new ProductService(await openSendingDatabase(file, PRODUCT_TABLES, outlives));
  }

  /** Adds products and changes prices, and tells of those that are new or other than before, in one transaction. */
  async put(products: readonly ProductPrice[]): Promise<void> {
    await this.#database.transactions.transaction(async (tx) => {
      const changedAt = new Date().toISOString();
      const changed = products.filter(
        ({ productId, unitPrice }) => this.#put.run(productId, unitPrice, changedAt).changes > 0,
      );
      await this.#outbox.enqueue(
        tx,
        changed.map((product) => productChanged({ ...product, changedAt })),
      );
    });
  }

  async find(productId: string): Promise<ProductPrice | null> {
    const { rows } = await this.#database.transactions.execute({
      text: 'select unit_price from product where product_id = ?1',
      values: [productId],
    });
    const [row] = rows;
    return row === undefined ? null : { productId, unitPrice: Number(row['unit_price']) };
  }

  close(): void {
    this.#database.handle.close();
  }
}
