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
    await ended(world, processes, orderIds.length);
    await processes.end();
    expect(await shopAudit(world.query)).toEqual([]);
    const states = await world.query('select state, count(*) as n from holdfast_saga group by state order by state');
    const [balance] = await world.query(
      'select (select coalesce(sum(amount), 0) from charge) - (select coalesce(sum(amount), 0) from refund) as money, (select coalesce(sum(quantity), 0) from reservation) - (select coalesce(sum(quantity), 0) from release) as stock',
    );
    const completed = Number(states.find(({ state }) => state === 'completed')?.['n'] ?? 0);
    expect([Number(balance?.['money']), Number(balance?.['stock'])]).toEqual([500 * completed, 2 * completed]);
    expect(await world.deadLetters()).toEqual([]);
    expect(processes.deaths).toBe(processes.kills);
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

/** Resolves when all have ended, with the help of a person who looks at what is listed. */
async function ended(world: World, processes: SagaProcesses, orders: number): Promise<void> {
  const deadline = performance.now() + END_MS;
  for (;;) {
    expect(processes.faults).toEqual([]);
    const underWay = await world.underWay();
    const states = await world.query('select state, count(*) as n from holdfast_saga group by state');
    const begun = states.reduce((sum, { n }) => sum + Number(n), 0);
    if (Object.keys(underWay).length === 0 && begun === orders) {
      if ((await help(world)) === 0) return;
    }
    if (performance.now() > deadline) throw new Error(`not ended: ${JSON.stringify({ underWay, states })}`);
    await pause(100);
  }
}

/** Returns how many needed it. */
async function help({ operations }: World): Promise<number> {
  const { instances } = await operations.list({ saga: 'order', kinds: ['attention'], limit: 100 });
  for (const { key, state } of instances) {
    const action = state === 'payment_uncertain' ? 'retry' : 'resume';
    await operations.act({ saga: 'order', key }, { action, actor: 'ada', reason: 'looked at it' });
  }
  return instances.length;
}
