import { MemoryBroker } from '@holdfast/transports/memory';
import { describeShop } from './describe-shop.ts';
import { sqliteShop } from './shop-database.ts';

for (const mode of ['one by one', 'batch'] as const) {
  describeShop(`SQLite, ${mode}`, {
    database: sqliteShop,
    mode,
    transport: async () => ({ transport: new MemoryBroker() }),
  });
}
