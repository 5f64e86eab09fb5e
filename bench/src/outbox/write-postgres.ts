import type { Results } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Check, type Line, ratioCheck, type Target } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { businessRounds } from './business-rounds.ts';
import {
  businessTables,
  manyByHand,
  manyByHandPipelined,
  orderAlone,
  orderAlonePipelined,
  secondInsert,
  secondInsertPipelined,
  sendAwaited,
  sendPipelined,
} from './business-transaction.ts';
import { PostgresOutbox } from './postgres-outbox.ts';

const SEND = 'order + outbox.send on a pg client';
const SEND_KEYED = 'order + outbox.send on a pg client, with a key';
const TRANSACT = 'order + outbox.send in transact(), pipelined';
const TRANSACT_KEYED = 'order + outbox.send in transact(), pipelined, with a key';
const SEND_MANY = 'order + outbox.send of 100 on a pg client';
const TRANSACT_MANY = 'order + outbox.send of 100 in transact(), pipelined';

/** What one message costs the transaction that sends it. */
export const writePostgres: BenchRow = {
  name: 'write-postgres',
  title: 'send of one message in a business transaction, PostgreSQL',
  run: (context) =>
    withOutbox(context, async (outbox) => [...(await one(outbox, context, 1)), ...(await one(outbox, context, 8))]),
};

/** What a hundred messages cost. */
export const writeManyPostgres: BenchRow = {
  name: 'write-many-postgres',
  title: 'send of 100 messages in a business transaction, PostgreSQL',
  run: (context) =>
    withOutbox(context, async (outbox) => [
      ...(await hundred(outbox, context, 1)),
      ...(await hundred(outbox, context, 8)),
    ]),
};

export async function withOutbox(
  context: BenchContext,
  work: (outbox: PostgresOutbox) => Promise<readonly Line[]>,
): Promise<readonly Line[]> {
  const outbox = await PostgresOutbox.create(context);
  try {
    for (const table of businessTables) await outbox.pool.query(table);
    return await work(outbox);
  } finally {
    await outbox.drop();
  }
}

async function one(outbox: PostgresOutbox, context: BenchContext, connections: number): Promise<readonly Line[]> {
  const { store } = outbox;
  const ways = [
    orderAlone,
    secondInsert,
    sendAwaited(store, { name: SEND }),
    sendAwaited(store, { name: SEND_KEYED, keyed: true }),
    orderAlonePipelined,
    secondInsertPipelined,
    sendPipelined(store, { name: TRANSACT }),
    sendPipelined(store, { name: TRANSACT_KEYED, keyed: true }),
  ];
  const results = await businessRounds(ways, outbox, { connections, context });
  const against = checks(results);
  const checksOf: Readonly<Record<string, readonly Check[]>> = {
    [secondInsert.name]: [against(secondInsert.name, orderAlone.name)],
    [SEND]: [against(SEND, secondInsert.name, { least: 0.95 }), against(SEND, orderAlone.name)],
    [SEND_KEYED]: [against(SEND_KEYED, SEND, { least: 0.9 })],
    [secondInsertPipelined.name]: [against(secondInsertPipelined.name, orderAlonePipelined.name)],
    [TRANSACT]: [
      against(TRANSACT, secondInsertPipelined.name, { least: 0.95 }),
      against(TRANSACT, orderAlonePipelined.name, { least: 0.88 }),
      against(TRANSACT, orderAlone.name),
    ],
    [TRANSACT_KEYED]: [against(TRANSACT_KEYED, TRANSACT, { least: 0.9 })],
  };
  return lines(results, { connections, names: ways.map(({ name }) => name), checksOf });
}

async function hundred(outbox: PostgresOutbox, context: BenchContext, connections: number): Promise<readonly Line[]> {
  const { store } = outbox;
  const ways = [
    manyByHand,
    sendAwaited(store, { name: SEND_MANY, messages: 100 }),
    manyByHandPipelined,
    sendPipelined(store, { name: TRANSACT_MANY, messages: 100 }),
  ];
  const results = await businessRounds(ways, outbox, { connections, context });
  const against = checks(results);
  const checksOf: Readonly<Record<string, readonly Check[]>> = {
    [SEND_MANY]: [against(SEND_MANY, manyByHand.name, { least: 0.8 })],
    [TRANSACT_MANY]: [against(TRANSACT_MANY, manyByHandPipelined.name, { least: 0.8 })],
  };
  return lines(results, { connections, names: ways.map(({ name }) => name), checksOf });
}

export function checks(results: Results) {
  return (name: string, base: string, target?: Target): Check =>
    ratioCheck(`× "${base}"`, results.ratio(name, base), target);
}

export interface BusinessLines {
  readonly connections: number;
  readonly names: readonly string[];
  readonly checksOf: Readonly<Record<string, readonly Check[]>>;
}

export function lines(results: Results, { connections, names, checksOf }: BusinessLines): readonly Line[] {
  return names.map((name) => {
    const line = resultsLine(results, { name, unit: 'tx/s', checks: checksOf[name] ?? [] });
    return { ...line, what: `${connections === 1 ? '1 connection' : `${connections} connections`}: ${name}` };
  });
}
