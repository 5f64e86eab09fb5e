import type pg from 'pg';
import { alternate, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { AcceptingPublisher } from './accepting-publisher.ts';
import { PostgresOutbox } from './postgres-outbox.ts';
import { relayRound } from './relay-round.ts';

const RAW = 'raw: select … where position > $1 order by position limit 1000';
const RAW_TEXT = 'raw, body asked for as Base64';
const QUEUE = 'hand-written: for update skip locked limit 1000, delete';
const RELAY = 'Relay, in-memory publisher';
const COLUMNS = 'position, key, id, source, type, attributes, body';
const PAGE = 1_000;

/** From the log to the publisher, against nothing but reading the same rows. */
export const readPostgres: BenchRow = {
  name: 'read-postgres',
  title: 'log read → in-memory publisher, PostgreSQL',
  run: async (context) => {
    const outbox = await PostgresOutbox.create(context);
    try {
      return await compare(outbox, context);
    } finally {
      await outbox.drop();
    }
  },
};

async function compare(outbox: PostgresOutbox, context: BenchContext): Promise<readonly Line[]> {
  const count = context.quick ? 2_000 : 100_000;
  await outbox.fill({ count, keys: 0 });
  await outbox.pool.query(
    `create table raw_log as select ${COLUMNS} from holdfast_outbox_log; alter table raw_log add primary key (position)`,
  );
  await outbox.pool.query('create table queue (like raw_log including indexes)');
  await outbox.settle('holdfast_outbox_log, raw_log');
  const client = await outbox.pool.connect();
  const results = await alternate(
    [
      { name: RAW, round: () => readRound(outbox, { client, count, body: 'body' }) },
      { name: RAW_TEXT, round: () => readRound(outbox, { client, count, body: "encode(body, 'base64') as body" }) },
      { name: QUEUE, round: () => queueRound(outbox, client, count) },
      { name: RELAY, round: () => rewindAndRelay(outbox, count) },
    ],
    context,
  );
  client.release();
  return [
    resultsLine(results, { name: RAW }),
    resultsLine(results, { name: RAW_TEXT, checks: [ratioCheck('× raw', results.ratio(RAW_TEXT, RAW))] }),
    resultsLine(results, { name: QUEUE }),
    resultsLine(results, {
      name: RELAY,
      checks: [
        ratioCheck('× raw', results.ratio(RELAY, RAW), { least: 0.7 }),
        ratioCheck('× raw, body as Base64', results.ratio(RELAY, RAW_TEXT)),
        ratioCheck('× skip locked + delete', results.ratio(RELAY, QUEUE), { least: 1.5 }),
        {
          of: 'µs of PostgreSQL per message',
          value: results.serverMicros(RELAY)?.median ?? Number.NaN,
          target: { most: 5 },
        },
      ],
    }),
  ];
}

interface Read {
  readonly client: pg.PoolClient;
  readonly count: number;
  /** The driver gets text: PostgreSQL writes bytes as hexadecimal unless it is asked for something shorter. */
  readonly body: string;
}

async function readRound(outbox: PostgresOutbox, { client, count, body }: Read): Promise<Round> {
  const meter = outbox.meter();
  meter.start();
  let read = 0;
  for (let position = '0', more = true; more; ) {
    const { rows } = await client.query({
      name: body,
      text: `select ${COLUMNS.replace('body', body)} from raw_log where position > $1 order by position limit ${PAGE}`,
      values: [position],
    });
    for (const row of rows) if (typeof row.body === 'string') row.body = Buffer.from(row.body, 'base64');
    read += rows.length;
    position = rows.at(-1)?.position ?? position;
    more = rows.length === PAGE;
  }
  return complete({ ...meter.stop(), count: read }, count);
}

async function queueRound(outbox: PostgresOutbox, client: pg.PoolClient, count: number): Promise<Round> {
  await client.query('truncate queue');
  await client.query('insert into queue select * from raw_log');
  await outbox.settle('queue');
  const meter = outbox.meter();
  meter.start();
  let read = 0;
  for (let more = true; more; ) {
    const { rows } = await client.query({
      name: 'queue',
      text:
        `with picked as materialized (select position from queue order by position limit ${PAGE} for update skip locked) ` +
        `delete from queue q using picked p where q.position = p.position returning ${COLUMNS.replace('position', 'q.position')}`,
    });
    read += rows.length;
    more = rows.length === PAGE;
  }
  return complete({ ...meter.stop(), count: read }, count);
}

async function rewindAndRelay(outbox: PostgresOutbox, count: number): Promise<Round> {
  await outbox.rewind();
  const publisher = new AcceptingPublisher();
  return relayRound({ relay: outbox.relay(publisher), publisher, meter: outbox.meter(), count });
}

function complete(round: Round, count: number): Round {
  if (round.count !== count) throw new Error(`${round.count} rows were read where ${count} were written.`);
  return round;
}
