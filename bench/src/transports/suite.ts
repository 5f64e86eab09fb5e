import type { BenchSuite } from '../harness/bench-row.ts';
import { amqpConsume } from './amqp-consume.ts';
import { amqpPublish } from './amqp-publish.ts';
import { amqpRelay } from './amqp-relay.ts';
import { amqpRelayReplication } from './amqp-relay-replication.ts';
import { sqlConsume } from './sql-consume.ts';
import { sqlPublish } from './sql-publish.ts';
import { sqlPullCost } from './sql-pull-cost.ts';
import { sqlSqlite } from './sql-sqlite.ts';
import { sqsConsume } from './sqs-consume.ts';
import { sqsPublish } from './sqs-publish.ts';

export const transportsSuite: BenchSuite = {
  name: 'transports',
  rows: [
    amqpPublish,
    amqpRelay,
    amqpRelayReplication,
    amqpConsume,
    sqsPublish,
    sqsConsume,
    sqlPublish,
    sqlConsume,
    sqlSqlite,
    sqlPullCost,
  ],
};
