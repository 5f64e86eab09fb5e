import { hostileNames } from '@holdfast/core/testing';
import { DatabaseTimeoutError, InvalidIdentifierError } from '@holdfast/sql';
import { PgListener, type PgListenerOptions } from '@holdfast/sql/pg';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { proxiedPostgres } from './proxied-postgres.ts';

/** Pauses of the listener are as short as they get. */
const eager = { next: () => 0 };

function startListener(url: string, options: Partial<PgListenerOptions> = {}) {
  const heard: string[] = [];
  const errors: unknown[] = [];
  let listenings = 0;
  const clients: pg.Client[] = [];
  const listener = new PgListener({
    createClient: () => {
      const client = new pg.Client({ connectionString: url });
      clients.push(client);
      return client;
    },
    channel: 'holdfast_wake',
    onNotification: (payload) => heard.push(payload),
    onListening: () => {
      listenings += 1;
    },
    onError: (error) => errors.push(error),
    random: eager,
    ...options,
  });
  onTestFinished(() => listener.stop());
  listener.start();
  const listening = (times = 1) =>
    vi.waitFor(
      () => {
        expect(listenings).toBeGreaterThanOrEqual(times);
        expect(listener.status().state).toBe('listening');
      },
      { timeout: 10_000 },
    );
  return { listener, heard, errors, clients, listening };
}

describe.each([15, 18] as const)('PgListener on PostgreSQL %i', (version) => {
  test('hears what is notified on its channel, with the payload, and nothing else', async () => {
    const { pool, url } = await proxiedPostgres(version);
    const { heard, listening, listener } = startListener(url);
    expect(listener.status()).toEqual({ state: 'connecting', consecutiveErrors: 0, lastError: null });
    await listening();
    await pool.query("notify other_channel, 'no'; notify holdfast_wake, 'lane 1'; notify holdfast_wake");
    await vi.waitFor(() => expect(heard).toEqual(['lane 1', '']));
  });

  test('listens again after the server ended its connection, and says so', async () => {
    const { pool, url } = await proxiedPostgres(version);
    const { heard, listening } = startListener(url);
    await listening();
    await pool.query('select pg_terminate_backend(pid) from pg_stat_activity where query = \'listen "holdfast_wake"\'');
    await listening(2);
    await pool.query("notify holdfast_wake, 'again'");
    await vi.waitFor(() => expect(heard).toEqual(['again']));
  });

  test.each([
    ['black hole', 'silence'],
    ['half-open connection', 'halfOpen'],
  ] as const)(
    'F13.3: a %s is noticed by the heartbeat, and it listens again when the network is back',
    async (_what, fault) => {
      const { pool, proxiedUrl, proxy } = await proxiedPostgres(version);
      const { heard, errors, listener, listening } = startListener(proxiedUrl, { heartbeatMs: 50, timeoutMs: 300 });
      await listening();
      proxy[fault]();
      await vi.waitFor(() => expect(errors[0]).toBeInstanceOf(DatabaseTimeoutError), { timeout: 5_000 });
      expect(listener.status().lastError).toContain('ERR_SQL_TIMEOUT');
      proxy.heal();
      await listening(2);
      await pool.query("notify holdfast_wake, 'healed'");
      await vi.waitFor(() => expect(heard).toEqual(['healed']));
      expect(listener.status().consecutiveErrors).toBe(0);
    },
  );

  test('a database that is away when it starts is tried again until it is there', async () => {
    const { proxiedUrl, proxy } = await proxiedPostgres(version);
    proxy.refuse();
    const { errors, listening } = startListener(proxiedUrl);
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1));
    proxy.heal();
    await listening();
  });

  test('what its callbacks throw is reported, and it goes on listening', async () => {
    const { pool, url } = await proxiedPostgres(version);
    const heard: string[] = [];
    const { errors, listening } = startListener(url, {
      onNotification: (payload) => {
        heard.push(payload);
        throw new Error(`cannot use ${payload}`);
      },
    });
    await listening();
    await pool.query("notify holdfast_wake, 'a'; notify holdfast_wake, 'b'");
    await vi.waitFor(() => expect(heard).toEqual(['a', 'b']));
    expect(errors).toEqual([new Error('cannot use a'), new Error('cannot use b')]);
  });

  test('stopped, it has no connection and calls nobody', async () => {
    const { pool, url } = await proxiedPostgres(version);
    const { heard, errors, listener, listening } = startListener(url);
    await listening();
    await listener.stop();
    const connected = async () => {
      const { rows } = await pool.query(
        'select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      return rows[0].n;
    };
    await vi.waitFor(async () => expect(await connected()).toBe(0));
    await pool.query("notify holdfast_wake, 'late'");
    expect([listener.status().state, heard, errors]).toEqual(['stopped', [], []]);
  });

  test('stopped while it connects to a black hole, it ends at once and without an error', async () => {
    const { proxiedUrl, proxy } = await proxiedPostgres(version);
    proxy.silence();
    const { errors, clients, listener } = startListener(proxiedUrl);
    await vi.waitFor(() => expect(clients).toHaveLength(1));
    const before = performance.now();
    await listener.stop();
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(errors).toEqual([]);
  });
});

describe('PgListener', () => {
  const options = { createClient: () => new pg.Client(), onNotification: () => {} };

  test.each(hostileNames)('a hostile channel name is refused: %j', (channel) => {
    expect(() => new PgListener({ ...options, channel })).toThrow(InvalidIdentifierError);
  });

  test('options are checked', () => {
    expect(() => new PgListener({ ...options, channel: 'a', heartbeatMs: 0 })).toThrow('heartbeatMs');
    expect(() => new PgListener({ ...options, channel: 'a', timeoutMs: -1 })).toThrow('timeoutMs');
  });
});
