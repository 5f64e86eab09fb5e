import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { post, postUntilAnswered } from './servers.ts';
import { postgresShop, sqliteShop } from './shop.ts';

const program = fileURLToPath(new URL('./order-process.ts', import.meta.url));

interface ServiceOptions {
  readonly kind: 'postgres' | 'sqlite';
  readonly place: string;
  readonly leaseMs: number;
  /** Where it waits until it is told to go on. */
  readonly hang?: 'in-work' | 'before-answer';
}

class OrderService {
  readonly origin: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start({ kind, place, leaseMs, hang }: ServiceOptions): Promise<OrderService> {
    const child = spawn(process.execPath, [program, kind, place, String(leaseMs), hang ?? ''], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const [message] = (await once(child, 'message')) as [{ readonly port: number }];
    return new OrderService(child, message.port);
  }

  /** Resolves when it has come to where it hangs. */
  async hanging(): Promise<void> {
    await once(this.#child, 'message');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  goOn(): void {
    this.#child.send('go');
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    expect(await exited).toEqual([null, 'SIGKILL']);
  }
}

const databases = [
  {
    name: 'PostgreSQL 15',
    open: async () => {
      const shop = await postgresShop(15);
      return { shop, kind: 'postgres' as const, place: shop.db.url };
    },
  },
  {
    name: 'PostgreSQL 18',
    open: async () => {
      const shop = await postgresShop(18);
      return { shop, kind: 'postgres' as const, place: shop.db.url };
    },
  },
  {
    name: 'SQLite',
    open: async () => {
      const shop = await sqliteShop();
      return { shop, kind: 'sqlite' as const, place: shop.db.file };
    },
  },
];

describe.each(databases)('$name', ({ open }) => {
  test('F1.4: kill -9 while it holds a key: after the lease the next attempt takes over, and the order is there once', async () => {
    const { shop, kind, place } = await open();
    const doomed = await OrderService.start({ kind, place, leaseMs: 1_500, hang: 'in-work' });
    const lost = post(doomed.origin).catch(() => 'lost');
    await doomed.hanging();
    await doomed.kill();
    expect(await lost).toBe('lost');
    expect(await shop.orders()).toEqual([]);
    expect(await shop.keys()).toHaveLength(1);
    const next = await OrderService.start({ kind, place, leaseMs: 1_500 });
    const answer = await postUntilAnswered(next.origin);
    expect(answer).toMatchObject({ status: 201, replayed: false });
    expect(await shop.orders()).toEqual([JSON.parse(answer.text).id]);
  });

  test('F1.1: kill -9 between COMMIT and the answer: the retry gets the answer that was kept', async () => {
    const { shop, kind, place } = await open();
    const doomed = await OrderService.start({ kind, place, leaseMs: 60_000, hang: 'before-answer' });
    const lost = post(doomed.origin).catch(() => 'lost');
    await doomed.hanging();
    await doomed.kill();
    expect(await lost).toBe('lost');
    const [id] = await shop.orders();
    const next = await OrderService.start({ kind, place, leaseMs: 60_000 });
    const answer = await post(next.origin);
    expect(answer).toMatchObject({ status: 201, replayed: true });
    expect(JSON.parse(answer.text)).toEqual({ id, item: 'lamp' });
    expect(await shop.orders()).toEqual([id]);
  });
});

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('a process that stands still (SIGSTOP) beyond its lease commits nothing after a takeover', async () => {
    const shop = await postgresShop(version);
    const place = shop.db.url;
    const paused = await OrderService.start({ kind: 'postgres', place, leaseMs: 1_500, hang: 'in-work' });
    const late = post(paused.origin);
    await paused.hanging();
    paused.signal('SIGSTOP');
    const other = await OrderService.start({ kind: 'postgres', place, leaseMs: 60_000 });
    const answer = await postUntilAnswered(other.origin);
    expect(answer.status).toBe(201);
    paused.signal('SIGCONT');
    paused.goOn();
    expect((await late).status).toBe(409);
    expect(await shop.orders()).toEqual([JSON.parse(answer.text).id]);
    expect(await post(other.origin)).toMatchObject({ status: 201, replayed: true, text: answer.text });
  });
});
