import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ProductService } from '../../src/product/product-service.ts';
import { ProductServiceAwayError } from '../../src/product/product-service-away-error.ts';
import { SwitchedProductLookup } from '../../src/product/switched-product-lookup.ts';
import { sentAnswers } from '../sent-answers.ts';
import { temporaryFolder } from '../temporary-folder.ts';

async function withProducts(work: (products: ProductService) => Promise<void>) {
  using folder = temporaryFolder();
  const file = join(folder.path, 'product.sqlite3');
  const products = await ProductService.open(file);
  try {
    await work(products);
  } finally {
    products.close();
  }
  return sentAnswers(file);
}

test('products are found with their prices, and what nobody knows is null', async () => {
  await withProducts(async (products) => {
    await products.put([{ productId: 'p', unitPrice: 99 }]);
    expect(await products.find('p')).toEqual({ productId: 'p', unitPrice: 99 });
    expect(await products.find('q')).toBeNull();
  });
});

test('a product that is new or has another price is told of, and no other one', async () => {
  const sent = await withProducts(async (products) => {
    await products.put([
      { productId: 'p', unitPrice: 99 },
      { productId: 'q', unitPrice: 5 },
    ]);
    await products.put([
      { productId: 'p', unitPrice: 99 },
      { productId: 'q', unitPrice: 6 },
    ]);
    await products.put([]);
  });
  expect(sent.map(({ type, key, data }) => [type, key, data['unitPrice']])).toEqual([
    ['product.changed', 'p', 99],
    ['product.changed', 'q', 5],
    ['product.changed', 'q', 6],
  ]);
});

test('a lookup while the service is away throws, and answers when it is back', async () => {
  await withProducts(async (products) => {
    await products.put([{ productId: 'p', unitPrice: 99 }]);
    const lookup = new SwitchedProductLookup(products);
    lookup.setAvailable(false);
    await expect(lookup.find('p')).rejects.toThrow(ProductServiceAwayError);
    lookup.setAvailable(true);
    expect(await lookup.find('p')).toMatchObject({ unitPrice: 99 });
  });
});
