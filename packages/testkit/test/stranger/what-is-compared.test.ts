import { defineEvent } from '@holdfast/core';
import { crashEverywhere, type MakeHandler, SimulatedService } from '@holdfast/testkit';
import { SimulatedSqlite, type SimulatedSqliteOptions, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';

const stockTaken = defineEvent('stock.taken', { versions: { 1: z.object({ units: z.int() }) } });
const given = [stockTaken({ units: 2 }), stockTaken({ units: 3 })];
const figures = { 'units in stock': 'select sum(n) from stock' };

const template = new SqliteTemplate((handle) => {
  handle.exec('create table stock (n integer not null); insert into stock values (100); create table seen (id text)');
});

/** Takes stock first and records the message then, in two transactions. */
function takesTwice(options: SimulatedSqliteOptions = {}): MakeHandler {
  return async (world) => {
    const shop = await SimulatedSqlite.open(world, 'shop', { template, ...options });
    return {
      start: () => {
        const handle = shop.handle();
        return async (message) => {
          if (!stockTaken.is(message)) return;
          if (handle.prepare('select 1 from seen where id = ?').get(message.id) !== undefined) return;
          handle.prepare('update stock set n = n - ?').run(message.data.units);
          handle.prepare('insert into seen values (?)').run(message.id);
        };
      },
    };
  };
}

test('an update that happens twice is seen by a figure of the database', async () => {
  const sweep = crashEverywhere(takesTwice({ figures }), { given });
  await expect(sweep).rejects.toThrow('shop: units in stock 93 instead of 95.');
});

test('without a figure the result says which updates it cannot see', async () => {
  const { hints, summary } = await crashEverywhere(takesTwice(), { given });
  const hint =
    'Of "shop" only rows are counted, so shop.update.stock may happen twice unseen: give it "figures", or a "check"';
  expect(hints).toEqual([hint]);
  expect(summary).toContain(hint);
  expect((await crashEverywhere(takesTwice(), { given, check: () => [] })).hints).toEqual([]);
});

test('a handler that only updates rows which nothing counts is refused', async () => {
  const make: MakeHandler = async (world) => {
    const shop = await SimulatedSqlite.open(world, 'shop', { template });
    return { start: () => async () => void shop.handle().prepare('update stock set n = n - 1').run() };
  };
  await expect(crashEverywhere(make, { given })).rejects.toThrow('"figures" of a SimulatedSqlite');
});

test('a figure that is no number is refused by name', async () => {
  const sweep = crashEverywhere(takesTwice({ figures: { wrong: "select 'many'" } }), { given });
  await expect(sweep).rejects.toThrow('Option "figures.wrong" is "select \'many\'". Give a query');
});

function charges(check: () => Promise<readonly string[]>): MakeHandler {
  return (world) => {
    const keys = new Set<string>();
    const charge = async (key: string) => void keys.add(key);
    const { api } = new SimulatedService(world, 'payments', { api: { charge } });
    return { start: () => (message) => api.charge(message.id), check };
  };
}

test('checks may be asynchronous, that of the options and that of the handler', async () => {
  const wrong = async () => ['no invoice was written'];
  const right = async () => [];
  const [own] = given;
  if (own === undefined) throw new Error('Nothing is given.');
  await expect(crashEverywhere(charges(wrong), { given: own })).rejects.toThrow('no invoice was written');
  await expect(crashEverywhere(charges(right), { given: own, check: wrong })).rejects.toThrow('no invoice was written');
  await crashEverywhere(charges(right), { given: own, check: right });
});

test('a handler that fails without any fault is told of with the life of its message', async () => {
  const make: MakeHandler = (world) => {
    const { api } = new SimulatedService(world, 'payments', { api: { charge: async () => {} } });
    return async () => {
      await api.charge();
      throw new TypeError('Cannot read properties of undefined');
    };
  };
  const error = await crashEverywhere(make, { given, check: () => [] }).catch((thrown: unknown) => String(thrown));
  expect(error).toContain('Life of message "given-1"');
  expect(error).toContain('handler failed: transient: TypeError: Cannot read properties of undefined');
});

test('a handler whose messages are all refused before any I/O is told why', async () => {
  const make: MakeHandler = (world) => {
    const { api } = new SimulatedService(world, 'payments', { api: { charge: async () => {} } });
    return () => api.charge();
  };
  const wrong = { type: 'stock.taken', data: { units: 'many' } };
  const sweep = crashEverywhere(make, { given: wrong, events: [stockTaken], check: () => [] });
  await expect(sweep).rejects.toThrow(/1 of 1 messages are dead letters without any fault: SchemaValidationError/);
});

test('an error of a promise that the handler does not await is told of with its process', async () => {
  const make: MakeHandler = (world) => {
    const keys = new Set<string>();
    const charge = async (key: string) => void keys.add(key);
    const { api } = new SimulatedService(world, 'payments', {
      api: { charge },
      counts: () => ({ charges: keys.size }),
    });
    return async (message) => void api.charge(message.id);
  };
  const [one] = given;
  if (one === undefined) throw new Error('Nothing is given.');
  const sweep = crashEverywhere(make, { given: one });
  await expect(sweep).rejects.toThrow('"handler-1" let an error go uncaught');
});
