import { SeededRandom } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { shopAudit } from '../shop/participants.ts';
import { databases, openCrashWorld } from './crash-world.ts';
import { SagaProcesses } from './saga-processes.ts';

const ORDERS = { 'PostgreSQL 18': 200, SQLite: 40 } as const;
const KILLS = { 'PostgreSQL 18': 14, SQLite: 6 } as const;
/** Enough for a machine that others use, too. */
const END_MS = 110_000;
const ROLES = ['events one by one', 'events in batches', 'timers'] as const;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test.each(databases)(
  '%s: orders with random failures, duplicates and reordering, and kill -9 of the order service and its timers: every saga ends or is listed, money and stock are conserved',
  { timeout: 150_000 },
  async (kind) => {
    const chance = new SeededRandom(Date.now());
    const world = await openCrashWorld(kind);
    const processes = new SagaProcesses(world.where);
    for (const role of ['relay', 'participants', ...ROLES] as const) processes.start(role);
    if (kind !== 'SQLite') processes.start('timers');
    const orderIds = Array.from({ length: ORDERS[kind] }, (_, n) => `o${n}`);
    await placeAndKill(world, processes, { orderIds, kills: KILLS[kind], chance });
    const listed = await ended(world, processes, orderIds.length);
    await processes.end();
    expect(await shopAudit(world.query)).toEqual([]);
    const states = await world.query('select state, count(*) as n from holdfast_saga group by state order by state');
    expect(states.map(({ state }) => state)).toEqual(['cancelled', 'completed']);
    const [balance] = await world.query(
      'select (select sum(amount) from charge) - (select sum(amount) from refund) as money, (select sum(quantity) from reservation) - (select sum(quantity) from release) as stock',
    );
    const completed = Number(states[1]?.['n']);
    expect([Number(balance?.['money']), Number(balance?.['stock'])]).toEqual([500 * completed, 2 * completed]);
    expect(await world.deadLetters()).toEqual([]);
    expect(processes.deaths).toBe(KILLS[kind]);
    expect(listed).toBeGreaterThan(0);
  },
);

type World = Awaited<ReturnType<typeof openCrashWorld>>;

/** Customers order in portions, and after each one of the processes is killed. */
async function placeAndKill(
  world: World,
  processes: SagaProcesses,
  {
    orderIds,
    kills,
    chance,
  }: { readonly orderIds: readonly string[]; readonly kills: number; readonly chance: SeededRandom },
): Promise<void> {
  const share = Math.ceil(orderIds.length / kills);
  for (let kill = 0; kill < kills; kill += 1) {
    const some = orderIds.slice(kill * share, (kill + 1) * share);
    if (some.length > 0) await world.place(some);
    await pause(chance.integer(150, 600));
    processes.kill(ROLES[chance.integer(0, ROLES.length - 1)]!);
  }
}

/** Resolves when all have ended, with the help of a person who looks at what is listed. Returns how often that was needed. */
async function ended(world: World, processes: SagaProcesses, orders: number): Promise<number> {
  let helped = 0;
  const deadline = performance.now() + END_MS;
  for (;;) {
    expect(processes.faults).toEqual([]);
    const underWay = await world.underWay();
    const states = await world.query('select state, count(*) as n from holdfast_saga group by state');
    const begun = states.reduce((sum, { n }) => sum + Number(n), 0);
    if (Object.keys(underWay).length === 0 && begun === orders) {
      const waiting = await help(world);
      if (waiting === 0) return helped;
      helped += waiting;
    }
    if (performance.now() > deadline) throw new Error(`not ended: ${JSON.stringify({ underWay, states })}`);
    await pause(100);
  }
}

async function help({ operations }: World): Promise<number> {
  const { instances } = await operations.list({ saga: 'order', kinds: ['attention'], limit: 100 });
  for (const { key, state } of instances) {
    const action = state === 'payment_uncertain' ? 'retry' : 'resume';
    await operations.act({ saga: 'order', key }, { action, actor: 'ada', reason: 'looked at it' });
  }
  return instances.length;
}
