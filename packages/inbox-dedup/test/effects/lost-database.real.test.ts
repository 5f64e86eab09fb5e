import { PgDatabase } from '@holdfast/sql/pg';
import { FaultProxy } from '@holdfast/sql/testing';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { postgresEffects } from './effect-world.ts';
import { Provider } from './provider.ts';

/** A journal whose database can be lost, and one beside it whose cannot. */
async function behindProxy() {
  const world = await postgresEffects(18);
  const { hostname, port } = new URL(world.url);
  const proxy = await FaultProxy.listen({ host: hostname, port: Number(port) });
  const pool = new pg.Pool({ connectionString: proxy.through(world.url) });
  pool.on('error', () => {});
  onTestFinished(async () => {
    await pool.end();
    await proxy.close();
  });
  const provider = new Provider();
  const journal = world.journal({ database: new PgDatabase(pool, { connectTimeoutMs: 2_000 }) });
  return { world, proxy, provider, journal };
}

test('F6.3: the database is lost after the call: the outcome is unknown, and is found out when it is back', async () => {
  const { world, proxy, provider, journal } = await behindProxy();
  const charge = provider.charge(800);
  const call: typeof charge = async (context) => {
    const charged = await charge(context);
    proxy.refuse();
    proxy.reset();
    return charged;
  };
  const error = await journal.perform('k', { call, verify: provider.verify }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'ERR_INBOX_EFFECT_UNKNOWN', cause: { code: 'ERR_SQL_UNAVAILABLE' } });
  const effect = { call: charge, verify: provider.verify };
  await expect(world.journal().perform('k', effect)).rejects.toMatchObject({ code: 'ERR_INBOX_EFFECT_BUSY' });
  await world.elapse(15_001);
  proxy.heal();
  expect(await journal.perform('k', effect)).toEqual({ id: 'ch_1', cents: 800 });
  expect(provider.ledger).toHaveLength(1);
});

test('F6.3: the connection is cut for a moment after the call: the result is kept by the next one', async () => {
  const { proxy, provider, journal } = await behindProxy();
  const charge = provider.charge(800);
  const call: typeof charge = async (context) => {
    const charged = await charge(context);
    proxy.reset();
    return charged;
  };
  expect(await journal.perform('k', { call, verify: provider.verify })).toEqual({ id: 'ch_1', cents: 800 });
  expect(provider.verifications).toBe(0);
});

test('F6.3: the answer to the write of the result is lost: what was committed is what is returned', async () => {
  const { world, proxy, provider, journal } = await behindProxy();
  const cut = proxy.when({ direction: 'up', bytes: '"ch_1"', fault: 'cut' });
  expect(await journal.perform('k', { call: provider.charge(800), verify: provider.verify })).toEqual({
    id: 'ch_1',
    cents: 800,
  });
  await cut;
  expect(world.events.filter(({ type }) => type === 'late-result')).toEqual([]);
  expect(provider.ledger).toHaveLength(1);
});
