import { alternate, type Round } from '../harness/alternate.ts';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import { type Line, ratioCheck } from '../harness/line.ts';
import { resultsLine } from '../harness/results-line.ts';
import { AcceptingPublisher } from './accepting-publisher.ts';
import { relayRound } from './relay-round.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';

const RAW = 'raw: select … where position > ? order by position limit 1000';
const QUEUE = 'hand-written: select limit 1000, delete';
const RELAY = 'Relay, in-memory publisher';
const PAGE = 1_000;
const COLUMNS = 'position, key, id, source, type, attributes, body';

/** From the log to the publisher on SQLite. */
export const readSqlite: BenchRow = {
  name: 'read-sqlite',
  title: 'log read → in-memory publisher, SQLite',
  run: async (context) => {
    const outbox = await SqliteOutbox.create();
    try {
      return await compare(outbox, context);
    } finally {
      outbox.drop();
    }
  },
};

async function compare(outbox: SqliteOutbox, context: BenchContext): Promise<readonly Line[]> {
  const count = context.quick ? 2_000 : 100_000;
  outbox.fill(count);
  outbox.db.exec('create table queue (position integer primary key, key, id, source, type, attributes, body)');
  const results = await alternate(
    [
      { name: RAW, round: async () => readRound(outbox, count) },
      { name: QUEUE, round: async () => queueRound(outbox, count) },
      { name: RELAY, round: () => rewindAndRelay(outbox, count) },
    ],
    context,
  );
  const checks = [
    ratioCheck('× raw', results.ratio(RELAY, RAW), { least: 0.7 }),
    ratioCheck('× select + delete', results.ratio(RELAY, QUEUE)),
  ];
  return [
    resultsLine(results, { name: RAW }),
    resultsLine(results, { name: QUEUE }),
    resultsLine(results, { name: RELAY, checks }),
  ];
}

function readRound({ db, meter }: SqliteOutbox, count: number): Round {
  const select = db.prepare<[number], { position: number }>(
    `select ${COLUMNS} from holdfast_outbox_log where position > ? order by position limit ${PAGE}`,
  );
  const timer = meter();
  timer.start();
  let read = 0;
  for (let position = 0, more = true; more; ) {
    const rows = select.all(position);
    read += rows.length;
    position = rows.at(-1)?.position ?? position;
    more = rows.length === PAGE;
  }
  return complete({ ...timer.stop(), count: read }, count);
}

function queueRound({ db, meter }: SqliteOutbox, count: number): Round {
  db.exec(`delete from queue; insert into queue select ${COLUMNS} from holdfast_outbox_log`);
  db.pragma('wal_checkpoint(truncate)');
  const select = db.prepare<[], { position: number }>(`select ${COLUMNS} from queue order by position limit ${PAGE}`);
  const remove = db.prepare('delete from queue where position <= ?');
  const timer = meter();
  timer.start();
  let read = 0;
  for (let more = true; more; ) {
    const rows = select.all();
    remove.run(rows.at(-1)?.position ?? 0);
    read += rows.length;
    more = rows.length === PAGE;
  }
  return complete({ ...timer.stop(), count: read }, count);
}

async function rewindAndRelay(outbox: SqliteOutbox, count: number): Promise<Round> {
  outbox.rewind();
  const publisher = new AcceptingPublisher();
  return relayRound({ relay: outbox.relay(publisher), publisher, meter: outbox.meter(), count });
}

function complete(round: Round, count: number): Round {
  if (round.count !== count) throw new Error(`${round.count} rows were read where ${count} were written.`);
  return round;
}
