import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type EffectWorld, postgresEffects, sqliteEffects } from './effect-world.ts';
import type { HaltingProcessOptions } from './halting-process.ts';

const program = fileURLToPath(new URL('./halting-process.ts', import.meta.url));

type World = EffectWorld & { readonly where: string };

/** A process that performs order-1, and this one, which does so as well. */
async function haltedWorld(world: World, halts: HaltingProcessOptions['halts']) {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-halted-'));
  const ledger = join(directory, 'ledger');
  writeFileSync(ledger, '');
  const options: HaltingProcessOptions = { where: world.where, ledger, halts };
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
    rmSync(directory, { recursive: true, force: true });
  });
  const said: string[] = [];
  const halted = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    if (line === 'halted') halted.resolve();
  });
  await halted.promise;
  const journal = world.journal({ deadlineMs: 400, verifyDeadlineMs: 400, leaseMarginMs: 300, settleMs: 0 });
  const calls: string[] = [];
  const effect = {
    call: async ({ idempotencyKey }: { readonly idempotencyKey: string }) => {
      calls.push(idempotencyKey);
      appendFileSync(ledger, `${idempotencyKey} by-test\n`);
      return 'by-test';
    },
    verify: async ({ idempotencyKey }: { readonly idempotencyKey: string }) => {
      const line = readFileSync(ledger, 'utf8')
        .split('\n')
        .find((one) => one.startsWith(idempotencyKey));
      if (line === undefined) return { happened: false } as const;
      return { happened: true, result: `verified ${line.split(' ')[1]}` } as const;
    },
  };
  /** Comes again when it is told to. */
  const perform = async (): Promise<string> => {
    for (;;) {
      try {
        return await journal.perform('order-1', effect);
      } catch (error) {
        const { code, retryAfterMs } = error as { code?: string; retryAfterMs?: number };
        if (retryAfterMs === undefined || code !== 'ERR_INBOX_EFFECT_BUSY') throw error;
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs + 1));
      }
    }
  };
  const charges = () => readFileSync(ledger, 'utf8').trim().split('\n').filter(Boolean);
  return { child, closed, said, calls, journal, perform, charges };
}

function haltedRules(open: () => Promise<World>): void {
  test('F6.3: kill -9 in the middle of the call: nobody calls before the lease ends, then it is verified, and charged once', async () => {
    const world = await open();
    const { child, closed, journal, calls, perform, charges } = await haltedWorld(world, 'after the charge');
    expect(await journal.find('order-1')).toMatchObject({ state: 'calling', attempts: 1 });
    child.kill('SIGKILL');
    await closed;
    expect(await perform()).toBe('verified by-child');
    expect(calls).toEqual([]);
    expect(charges()).toHaveLength(1);
    expect(world.events).toMatchObject([{ type: 'unknown' }, { type: 'resolved', happened: true }]);
  });

  test('F4.7: a process that is stopped between claim and call, for longer than its lease, does not call', async () => {
    const { child, closed, said, calls, perform, charges } = await haltedWorld(await open(), 'after the claim');
    expect(await perform()).toBe('by-test');
    child.kill('SIGCONT');
    await closed;
    expect(said).toEqual(['halted', 'result by-test']);
    expect(calls).toHaveLength(1);
    expect(charges()).toHaveLength(1);
  });

  test('F4.7: the result of a process that was stopped during its call, for longer than its lease, is fenced out', async () => {
    const { child, closed, said, calls, perform, charges } = await haltedWorld(await open(), 'after the charge');
    expect(await perform()).toBe('verified by-child');
    child.kill('SIGCONT');
    await closed;
    expect(said).toEqual(['called', 'halted', 'result verified by-child']);
    expect(await perform()).toBe('verified by-child');
    expect(calls).toEqual([]);
    expect(charges()).toHaveLength(1);
  });
}

describe('SQLite', () => haltedRules(sqliteEffects));

describe('PostgreSQL 18', () =>
  haltedRules(async () => {
    const world = await postgresEffects(18);
    return { ...world, where: world.url };
  }));
