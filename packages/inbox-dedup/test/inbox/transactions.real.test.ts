import type { Message } from '@holdfast/core';
import { PostgresInboxStore, type Work, type WorkContext } from '@holdfast/inbox-dedup';
import { CommitUnknownError, sqlState, TransactionAbortedError } from '@holdfast/sql';
import type { PgTransaction } from '@holdfast/sql/pg';
import { FaultProxy } from '@holdfast/sql/testing';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { emptyPostgres, type PostgresWorldOptions, postgresWorld } from './inbox-world.ts';
import { orderEnvelope } from './order-events.ts';

/** What a socket of Node writes by. */
interface WritableStream {
  _write(chunk: Uint8Array, ...rest: unknown[]): unknown;
  _writev(chunks: readonly { readonly chunk: Uint8Array }[], ...rest: unknown[]): unknown;
}

/** A work that reads something first, early where it can. `ahead` are the messages that it was told of early. */
function readingAhead(charge: Work<PgTransaction>) {
  const ahead: string[][] = [];
  let reading: Promise<unknown> | null = null;
  const work: Work<PgTransaction> = Object.assign(
    async (message: Message, context: WorkContext<PgTransaction>) => {
      await (reading ?? context.tx.query('select 1'));
      await charge(message, context);
    },
    {
      readAhead: (messages: readonly Message[], { tx }: Pick<WorkContext<PgTransaction>, 'tx'>) => {
        ahead.push(messages.map(({ id }) => id));
        reading = tx.query('select 1');
      },
    },
  );
  return { work, ahead };
}

async function proxied(options: PostgresWorldOptions) {
  const { url } = await emptyPostgres(options.version);
  const server = new URL(url);
  const proxy = await FaultProxy.listen({ host: server.hostname, port: Number(server.port) });
  const pool = new pg.Pool({ connectionString: proxy.through(url), max: 4, pipeline: options.pipeline ?? true });
  pool.on('error', () => {});
  const service = await postgresWorld({ ...options, pool });
  onTestFinished(async () => {
    await proxy.close();
    await service.close();
  });
  return { proxy, service };
}

const modes = [
  [15, true],
  [15, false],
  [18, true],
  [18, false],
] as const;

describe.each(modes)('on PostgreSQL %i, pipelined: %s', (version, pipeline) => {
  test('F3.7: a commit whose answer is lost is found out: applied, once', async () => {
    const { proxy, service } = await proxied({ version, pipeline });
    const cut = proxy.when({ direction: 'up', bytes: 'commit', fault: 'cut' });
    expect(await service.inbox().handle(orderEnvelope({ id: 'm1' }), service.charge)).toBe('applied');
    await cut;
    expect(await service.charges()).toEqual(['m1']);
  });

  test('F3.7: a commit that did not arrive is done again: applied, once', async () => {
    const { proxy, service } = await proxied({ version, pipeline });
    let runs = 0;
    const work: Work<PgTransaction> = async (message, context) => {
      runs += 1;
      await service.charge(message, context);
      // Whatever is sent next, COMMIT, is lost on its way.
      if (runs === 1) proxy.silence('up');
      if (runs === 1) setImmediate(() => proxy.heal());
    };
    expect(await service.inbox().handle(orderEnvelope({ id: 'm1' }), work)).toBe('applied');
    expect(await service.charges()).toEqual(['m1']);
  });

  test('F3.7: the messages of a batch whose commit is not answered are applied, once', async () => {
    const { proxy, service } = await proxied({ version, pipeline });
    const batch = ['m1', 'm2', 'm3'].map((id) => ({ envelope: orderEnvelope({ id }) }));
    const cut = proxy.when({ direction: 'up', bytes: 'commit', fault: 'cut' });
    expect(await service.inbox().handleBatch(batch, service.charge)).toEqual(batch.map(() => ({ outcome: 'applied' })));
    await cut;
    expect(await service.charges()).toEqual(['m1', 'm2', 'm3']);
  });

  test('F3.7: an unknown commit is an error when there are no attempts left', async () => {
    const { proxy, service } = await proxied({ version, pipeline });
    const cut = proxy.when({ direction: 'up', bytes: 'commit', fault: 'cut' });
    const inbox = service.inbox({ transactionAttempts: 1 });
    await expect(inbox.handle(orderEnvelope({ id: 'm1' }), service.charge)).rejects.toThrow(CommitUnknownError);
    await cut;
    expect(await service.inbox().handle(orderEnvelope({ id: 'm1' }), service.charge, { attempt: 2 })).toBe('duplicate');
  });

  test('a work that swallows the error of a statement has not applied its message', async () => {
    const { service } = await proxied({ version, pipeline });
    const work: Work<PgTransaction> = async (message, context) => {
      await service.charge(message, context);
      await context.tx.query('select 1/0').catch(() => {});
    };
    await expect(service.inbox().handle(orderEnvelope(), work)).rejects.toThrow(TransactionAbortedError);
    expect([await service.charges(), await service.recorded()]).toEqual([[], []]);
  });

  test('the whole is run again after a serialization failure of the work', async () => {
    const { service } = await proxied({ version, pipeline });
    let runs = 0;
    const work: Work<PgTransaction> = async (message, context) => {
      runs += 1;
      await service.charge(message, context);
      if (runs < 3) await context.tx.query("do $$ begin raise exception 'no' using errcode = '40001'; end $$");
    };
    expect(await service.inbox().handle(orderEnvelope({ id: 'm1' }), work)).toBe('applied');
    expect([runs, await service.charges()]).toEqual([3, ['m1']]);
  });
});

describe.each([15, 18] as const)('on PostgreSQL %i', (version) => {
  test('the record travels with BEGIN: a message whose work has one statement costs three round trips', async () => {
    const { proxy, service } = await proxied({ version });
    const inbox = service.inbox();
    await inbox.handle(orderEnvelope({ id: 'warm' }), service.charge);
    const before = proxy.roundTrips;
    await inbox.handle(orderEnvelope({ id: 'm1' }), service.charge);
    expect(proxy.roundTrips - before).toBe(3);
  });

  test('what a work reads ahead travels with the record, and costs no round trip', async () => {
    const { proxy, service } = await proxied({ version });
    const read = readingAhead(service.charge);
    const inbox = service.inbox();
    await inbox.handle(orderEnvelope({ id: 'warm' }), read.work);
    const before = proxy.roundTrips;
    await inbox.handle(orderEnvelope({ id: 'm1' }), read.work);
    expect(proxy.roundTrips - before).toBe(3);
    const batch = ['m1', 'm2', 'm3'].map((id) => ({ envelope: orderEnvelope({ id }) }));
    expect(await inbox.handleBatch(batch, read.work)).toEqual([
      { outcome: 'duplicate' },
      { outcome: 'applied' },
      { outcome: 'applied' },
    ]);
    expect(read.ahead).toEqual([['warm'], ['m1'], ['m1', 'm2', 'm3']]);
    expect(await service.charges()).toEqual(['warm', 'm1', 'm2', 'm3']);
  });

  test('nothing is read ahead where statements are not pipelined', async () => {
    const { service } = await proxied({ version, pipeline: false });
    const read = readingAhead(service.charge);
    expect(await service.inbox().handle(orderEnvelope({ id: 'm1' }), read.work)).toBe('applied');
    expect([read.ahead, await service.charges()]).toEqual([[], ['m1']]);
  });

  test('the record leaves in one write to the socket with BEGIN', async () => {
    const pool = (await emptyPostgres(version)).openPool({ pipeline: true, poolSize: 1 });
    const service = await postgresWorld({ version, pool });
    onTestFinished(() => service.close());
    const client = await pool.connect();
    const writes: string[] = [];
    const { stream } = (client as unknown as { connection: { stream: WritableStream } }).connection;
    const { _write: write, _writev: writev } = stream;
    stream._write = (chunk, ...rest) => {
      writes.push(String(chunk));
      return write.call(stream, chunk, ...rest);
    };
    stream._writev = (chunks, ...rest) => {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      return writev.call(stream, chunks, ...rest);
    };
    client.release();
    await service.inbox().handle(orderEnvelope({ id: 'm1' }), service.charge);
    const first = writes.find((text) => text.includes('begin'));
    expect(first).toContain('insert into "holdfast_inbox"');
    expect(first).not.toContain('charge');
  });

  test.each(['repeatable read', 'serializable'] as const)(
    'under %s a message that was committed after the snapshot ends as a duplicate',
    async (isolationLevel) => {
      const { service } = await proxied({ version, runner: { isolationLevel } });
      const other = service.inbox();
      const message = orderEnvelope({ id: 'm1' });
      const errors: unknown[] = [];
      const early = service.transactions.transaction(async (tx) => {
        await tx.query('select 1');
        await other.handle(message, service.charge);
        await service.inbox().record(tx, message);
      });
      await early.catch((error: unknown) => errors.push(sqlState(error)));
      expect(errors).toEqual(['40001']);
      expect(await other.handle(message, service.charge)).toBe('duplicate');
      expect(await service.charges()).toEqual(['m1']);
    },
  );

  test('without prepared statements all is the same', async () => {
    const { service } = await proxied({ version });
    const inbox = service.inbox({ store: new PostgresInboxStore({ preparedStatements: false }) });
    expect(await inbox.handle(orderEnvelope({ id: 'm1' }), service.charge)).toBe('applied');
    expect(await inbox.handle(orderEnvelope({ id: 'm1' }), service.charge)).toBe('duplicate');
    const { rows } = await service.transactions.transaction((tx) =>
      tx.query('select name from pg_prepared_statements'),
    );
    expect(rows).toEqual([]);
  });

  test('F3.7: nothing is recorded by itself when BEGIN is refused and the statements behind it are not', async () => {
    const { pool } = await emptyPostgres(version);
    const direct = await emptyPostgres(version).then((database) => database.openPool({ pipeline: true, poolSize: 1 }));
    let refusals = 2;
    const begins: string[] = [];
    const connect = direct.connect.bind(direct);
    const refusing = Object.assign(direct, {
      async connect() {
        const client = await connect();
        const query = client.query.bind(client) as (config: { text: string }) => Promise<unknown>;
        return Object.assign(client, {
          query(config: { text: string }) {
            if (!config.text.startsWith('begin')) return query(config);
            begins.push(config.text);
            refusals -= 1;
            return query(refusals >= 0 ? { text: 'select 1/0' } : config);
          },
        });
      },
    });
    const service = await postgresWorld({ version, pool: refusing as unknown as pg.Pool });
    onTestFinished(() => direct.end());
    const seen: string[] = [];
    const work: Work<PgTransaction> = async (message, context) => {
      const { rows } = await pool.query('select id from holdfast_inbox');
      seen.push(...rows.map(({ id }) => String(id)));
      await service.charge(message, context);
    };
    expect(await service.inbox().handle(orderEnvelope({ id: 'm1' }), work)).toBe('applied');
    expect([begins.length, seen, await service.charges()]).toEqual([3, [], ['m1']]);
    refusals = 1;
    const batch = ['m2', 'm3'].map((id) => ({ envelope: orderEnvelope({ id }) }));
    expect(await service.inbox().handleBatch(batch, work)).toEqual(batch.map(() => ({ outcome: 'applied' })));
    expect(await service.charges()).toEqual(['m1', 'm2', 'm3']);
  });
});
