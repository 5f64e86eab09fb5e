import { MemoryBroker } from '@holdfast/transports/memory';
import { describeShop } from './describe-shop.ts';
import { postgresShop } from './shop-database.ts';

const transport = async () => ({ transport: new MemoryBroker() });

describeShop('PostgreSQL 15, one by one', { database: () => postgresShop(15), mode: 'one by one', transport });
describeShop('PostgreSQL 18, batch', { database: () => postgresShop(18), mode: 'batch', transport });
