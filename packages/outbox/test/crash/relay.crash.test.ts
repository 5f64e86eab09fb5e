import { SeededRandom } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { laneRow, type PostgresOutbox, postgresOutbox } from '../postgres/postgres-outbox.ts';
import { RelayProcesses } from './relay-processes.ts';
import { SteadyWriters } from './steady-writers.ts';

/** On each of the two servers. */
const KILLS = 50;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Everything that was committed has arrived, nothing else has, and first arrivals are in commit order per key. */
function expectComplete(relays: RelayProcesses, truth: ReadonlyMap<string, readonly string[]>): void {
  for (const [key, ids] of truth) expect(relays.firstIds(key)).toEqual(ids);
}

async function untilAllArrived(relays: RelayProcesses, truth: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const missing = new Set([...truth.values()].flat());
  let seen = 0;
  await relays.until(() => {
    for (; seen < relays.arrivals.length; seen += 1) missing.delete(relays.arrivals[seen]!.id);
    return missing.size === 0;
  });
}

/** Every change of the lane's row, by whom it was made. */
async function recordLane({ pool }: PostgresOutbox) {
  await pool.query(`
    create table lane_change (number serial, application text, fencing_token bigint, consumed text, target text, position bigint);
    create function record_lane() returns trigger language plpgsql as $$ begin
      insert into lane_change (application, fencing_token, consumed, target, position) values
        (current_setting('application_name'), new.fencing_token, new.consumed, new.target, new.position);
      return new;
    end $$;
    create trigger record_lane after update on holdfast_outbox_lane for each row execute function record_lane()`);
  return async () => {
    const { rows } = await pool.query<{ application: string; token: string; consumed: string; target: string | null }>(
      'select application, fencing_token as token, consumed, target from lane_change order by number',
    );
    return rows.map((row) => ({ ...row, token: Number(row.token), seenUpTo: Number(row.consumed.split(':')[1]) }));
  };
}

/** The relay of one server is killed at random moments while services send. */
async function killAtRandom(version: 15 | 18): Promise<void> {
  const world = await postgresOutbox(version, { poolSize: 12 });
  const relays = await RelayProcesses.listen(world.url);
  const chance = new SeededRandom(version);
  relays.takesMs = () => chance.integer(0, 8);
  // The next ones stand by, so that no kill has to wait for a process to start.
  const alive = [relays.spawn(), relays.spawn(), relays.spawn()];
  const writers = await SteadyWriters.start(world, { writers: 4, pauseMs: 20 });
  let atWork = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = relays.arrivals.length;
    const some = chance.next() < 0.8 ? chance.integer(1, 120) : 0;
    await relays.until(() => relays.arrivals.length >= before + some);
    await pause(chance.integer(0, 60));
    const holder = relays.publishing;
    const index = Math.max(0, holder === undefined ? 0 : alive.indexOf(holder));
    const [victim] = alive.splice(index, 1);
    if (victim === holder) atWork += 1;
    relays.kill(victim!);
    alive.push(relays.spawn());
  }
  const truth = await writers.stop();
  await untilAllArrived(relays, truth);
  const total = [...truth.values()].flat().length;
  expectComplete(relays, truth);
  expect(relays.arrivals.length).toBeGreaterThan(total);
  expect(atWork).toBeGreaterThan(KILLS / 2);
  expect(total).toBeGreaterThan(1_000);
}

test(`kill -9 of the relay at ${2 * KILLS} random moments: nothing is lost, order per key is kept, only duplicates`, async () => {
  await Promise.all([killAtRandom(15), killAtRandom(18)]);
});

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('F4.4: a relay that dies after it published and before it recorded: the next one publishes the same ids again', async () => {
    const world = await postgresOutbox(version);
    const relays = await RelayProcesses.listen(world.url);
    const sent = await world.send({ key: 'a' }, { key: 'a' }, { key: 'b' });
    // Before the receipt came.
    relays.acknowledges = false;
    const first = relays.spawn();
    await relays.until(() => relays.arrivals.length === 3);
    first.child.kill('SIGKILL');
    await first.exited;
    relays.acknowledges = true;
    // After it, while progress is being recorded.
    const second = relays.spawn({ hangSettle: true });
    await relays.until(() => second.told.some((told) => told['settling'] === true));
    second.child.kill('SIGKILL');
    await second.exited;
    expect((await laneRow(world.pool)).position).toBe('0');
    const third = relays.spawn();
    await relays.until(() => relays.arrivals.length === 9);
    expect(relays.arrivals.map((one) => one.id)).toEqual([...sent, ...sent, ...sent]);
    third.child.kill('SIGTERM');
    await third.exited;
    const fourth = relays.spawn();
    const last = await world.send({ key: 'a' });
    await relays.until(() => relays.arrivals.length === 10);
    expect(relays.arrivals.at(-1)).toEqual({ id: last[0], key: 'a', from: fourth.name });
  });

  test('F4.7: a relay that is stopped past its lease and continued records nothing; nothing is lost, order is kept', async () => {
    const world = await postgresOutbox(version, { poolSize: 12 });
    const changes = await recordLane(world);
    const relays = await RelayProcesses.listen(world.url);
    const first = relays.spawn();
    const writers = await SteadyWriters.start(world, { writers: 4, pauseMs: 10 });
    await relays.until(() => relays.arrivals.length > 100);
    const second = relays.spawn();
    await relays.until(() => second.told.length > 0);
    // Its receipts come while it is stopped; it will see them, and want to record them, when it is continued.
    relays.acknowledges = false;
    const unanswered = relays.arrivals.length;
    await relays.until(() => relays.arrivals.length > unanswered + 5);
    first.child.kill('SIGSTOP');
    relays.acknowledge();
    await relays.until(() => relays.publishing === second);
    const taken = relays.arrivals.length;
    await relays.until(() => relays.arrivals.length > taken + 100);
    first.child.kill('SIGCONT');
    await relays.until(() => first.told.some((told) => told['event'] === 'lane-lost'));
    const lost = relays.arrivals.length;
    await relays.until(() => relays.arrivals.length > lost + 100);
    const truth = await writers.stop();
    await untilAllArrived(relays, truth);
    expectComplete(relays, truth);
    const recorded = await changes();
    const takeover = recorded.findIndex((change) => change.application === second.name);
    expect(takeover).toBeGreaterThan(0);
    expect(recorded.slice(takeover).filter((change) => change.application === first.name)).toEqual([]);
    const tokens = recorded.map((change) => change.token);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    const seen = recorded.map((change) => change.seenUpTo);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test('a standby takes over within a second of a graceful stop, and within lease and a second of a kill', async () => {
    const leaseMs = 1_500;
    const world = await postgresOutbox(version);
    const relays = await RelayProcesses.listen(world.url);
    const first = relays.spawn({ leaseMs });
    await world.send({});
    await relays.until(() => relays.arrivals.length === 1);
    const standby = relays.spawn({ leaseMs });
    const last = relays.spawn({ leaseMs });
    await relays.until(() => standby.told.length > 0 && last.told.length > 0);
    first.child.kill('SIGTERM');
    await world.send({});
    // What is sent while it stops, it may still publish itself.
    await relays.until(() => first.told.some((one) => 'stopped' in one));
    const stopped = performance.now();
    await world.send({});
    await relays.until(() => relays.arrivals.some((one) => one.from !== first.name));
    const graceful = performance.now() - stopped;
    const holder = relays.publishing!;
    expect([standby, last]).toContain(holder);
    const killed = performance.now();
    holder.child.kill('SIGKILL');
    await world.send({});
    await relays.until(() => relays.publishing !== holder && relays.publishing !== first);
    const afterKill = performance.now() - killed;
    expect(graceful).toBeLessThan(1_000);
    expect(afterKill).toBeLessThan(leaseMs + 1_000 + 500);
  });

  test('after stop() a process ends by itself: nothing is left that keeps it', async () => {
    const world = await postgresOutbox(version);
    const relays = await RelayProcesses.listen(world.url);
    const relay = relays.spawn();
    await world.send({}, {});
    await relays.until(() => relays.arrivals.length === 2);
    relay.child.kill('SIGTERM');
    const ended = await Promise.race([relay.exited, pause(5_000).then(() => 'still there')]);
    expect(ended).toEqual([0, null]);
    expect(relay.told.at(-1)).toEqual({ stopped: { settled: true, abandoned: 0 } });
  });
});
