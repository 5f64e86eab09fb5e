export {
  type KyselyQueryRunner,
  type KyselyTransactionLike,
  KyselyTransactions,
  type KyselyTransactionsOptions,
} from './kysely-transactions.ts';
