import { sqliteShop } from '../shop/shop-database.ts';
import { describeTravel } from './describe-travel.ts';

describeTravel('SQLite', sqliteShop as never);
