import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Envelope, MessageEncoder } from '@holdfast/core';
import { SeededRandom } from '@holdfast/core/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type CrashWorld, databases, openCrashWorld } from '../crash/crash-world.ts';
import { stepTaken } from './gate-process-events.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const STEPS = 40;
const COPIES = 3;
const PROCESSES = 4;
/** At most: the last steps may be taken before. */
const KILLS = 16;
const program = fileURLToPath(new URL('./gate-process.ts', import.meta.url));

/** Consumers that are killed at random and replaced. */
class Consumers {
  readonly #where: string;
  readonly #chance: SeededRandom;
  readonly #children = new Set<ChildProcess>();
  readonly faults: string[] = [];
  kills = 0;
  #linesToKill = 10;
  #isOver = false;

  constructor(where: string, chance: SeededRandom) {
    this.#where = where;
    this.#chance = chance;
    onTestFinished(() => this.end());
  }

  start(): void {
    const child = spawn(process.execPath, [program, this.#where], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.add(child);
    child.stdout.on('data', () => this.#said(child));
    child.once('exit', (code, signal) => {
      this.#children.delete(child);
      if (this.#isOver) return;
      if (signal !== 'SIGKILL') this.faults.push(`ended by itself with ${code}`);
      this.start();
    });
  }

  async end(): Promise<void> {
    this.#isOver = true;
    const ended = [...this.#children].map((child) => once(child, 'close'));
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(ended);
  }

  #said(child: ChildProcess): void {
    this.#linesToKill -= 1;
    if (this.#linesToKill > 0 || this.kills === KILLS || child.killed) return;
    this.kills += 1;
    this.#linesToKill = this.#chance.integer(2, 12);
    child.kill('SIGKILL');
  }
}

/** Every step of every key in some copies, in any order. */
async function publishSteps({ transport }: CrashWorld, chance: SeededRandom): Promise<void> {
  const encoder = new MessageEncoder({ source: '/orders' });
  const steps = KEYS.flatMap((orderId) =>
    Array.from({ length: STEPS }, (_, step) => {
      const extensions = { sequence: String(step + 1), sequencestream: 'order' };
      return encoder.encode(stepTaken({ orderId, step }, { extensions }));
    }),
  );
  const all: (readonly [number, Envelope])[] = Array.from({ length: COPIES }, () => steps)
    .flat()
    .map((envelope) => [chance.next(), envelope]);
  const shuffled = all.toSorted(([one], [other]) => one - other).map(([, envelope]) => envelope);
  for (let from = 0; from < shuffled.length; from += 100) {
    const receipts = await transport.publish(shuffled.slice(from, from + 100));
    expect(receipts.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
  }
}

test.each(databases)(
  `%s, F5.7: copies in any order to ${PROCESSES} processes, with up to ${KILLS} kill -9 at random: each step is applied once and in order, and no tail is forgotten`,
  async (kind) => {
    const chance = new SeededRandom(Date.now());
    const world = await openCrashWorld(kind, 2_000);
    await world.transport.declare({ queue: 'steps', types: ['order.step'], leaseMs: 2_000 });
    const position = kind === 'SQLite' ? 'integer primary key autoincrement' : 'bigserial primary key';
    await world.query('drop table effect');
    await world.query(`create table effect (position ${position}, key text, step integer)`);
    await publishSteps(world, chance);
    const consumers = new Consumers(world.where, chance);
    for (let process = 0; process < PROCESSES; process += 1) consumers.start();
    await expect
      .poll(async () => Number((await world.query('select count(*) as n from effect'))[0]?.['n']), {
        timeout: 90_000,
        interval: 100,
      })
      .toBe(KEYS.length * STEPS);
    await consumers.end();
    const effects = await world.query('select key, step from effect order by position');
    for (const key of KEYS) {
      const steps = effects.filter((effect) => effect['key'] === key).map(({ step }) => Number(step));
      expect(steps).toEqual(Array.from({ length: STEPS }, (_, step) => step));
    }
    expect(await world.query('select 1 from holdfast_inbox_parked')).toEqual([]);
    expect(consumers.kills).toBeGreaterThan(KILLS / 2);
    expect(consumers.faults).toEqual([]);
  },
);
