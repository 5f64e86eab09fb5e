import { postgresShop } from '../shop/shop-database.ts';
import { describeTravel } from './describe-travel.ts';

describeTravel('PostgreSQL 18', () => postgresShop(18));
