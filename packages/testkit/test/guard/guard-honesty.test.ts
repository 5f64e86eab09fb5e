import { scrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runWorld } from '../../src/campaign/run-world.ts';
import { guardGlobals } from '../../src/guard/guard-globals.ts';
import { inProcess } from './in-process.ts';

const realTimer = setTimeout;
const realDate = Date;

test('outside of a run all globals are those of Node, also while somebody holds the guard', async () => {
  const before = Object.getOwnPropertyDescriptors(globalThis);
  const release = guardGlobals();
  const again = guardGlobals();
  expect(Math.abs(Date.now() - realDate.now())).toBeLessThan(60_000);
  expect(new Date().getUTCFullYear()).toBeLessThan(2027);
  expect(readFileSync('/dev/null', 'utf8')).toBe('');
  await new Promise((resolve) => setTimeout(resolve, 1));
  again();
  again();
  expect(setTimeout).not.toBe(realTimer);
  release();
  expect(setTimeout).toBe(realTimer);
  expect(Date).toBe(realDate);
  const after = Object.getOwnPropertyDescriptors(globalThis);
  for (const [name, { value }] of Object.entries(before)) {
    expect(Object.is(Reflect.get(after, name)?.value, value), name).toBe(true);
  }
});

test('a run that fails to be built leaves no guard behind', async () => {
  const building = () =>
    runWorld(
      {
        world: () => {
          throw new Error('no world');
        },
      },
      { seed: 1 },
    );
  await expect(building()).rejects.toThrow('no world');
  expect(setTimeout).toBe(realTimer);
});

test('time is refused when the definition says so', async () => {
  const { result, problems } = await inProcess(
    () => {
      try {
        return new Date();
      } catch (error) {
        return (error as Error).message;
      }
    },
    { time: 'refuse' },
  );
  expect(result).toContain('"Date.now" at packages/testkit/test/guard/guard-honesty.test.ts:');
  expect(problems).toEqual([result]);
});

test('the effects of I/O have virtual time and may do real I/O', async () => {
  let now = 0;
  const { problems } = await runWorld(
    {
      world: (world) => {
        world.client('user', () =>
          world.simulation.io({ label: 'file.read' }, () => {
            readFileSync('/dev/null');
            now = Date.now();
          }),
        );
        world.quietWhen(() => true);
      },
    },
    { seed: 1 },
  );
  expect(problems).toEqual([]);
  expect(new Date(now).getUTCFullYear()).toBe(2027);
});

test('a module that is loaded in a process may be read, and may read when it is loaded', async () => {
  const { result, problems } = await inProcess(
    () => {
      const require = createRequire(import.meta.url);
      delete require.cache[require.resolve('./reads-when-loaded.cjs')];
      return require('./reads-when-loaded.cjs') as { readonly size: number };
    },
    { strict: true },
  );
  expect(problems).toEqual([]);
  expect(result).toEqual({ size: 0 });
});

test('a driver can be loaded in a process, but not opened: only its port is', async () => {
  const { result, problems } = await inProcess(
    async () => {
      const { default: Database } = await import('better-sqlite3');
      try {
        return new Database(':memory:').name;
      } catch (error) {
        return (error as Error).message;
      }
    },
    { strict: true },
  );
  expect(result).toMatch(/"fs\.existsSync" at packages\/testkit\/test\/guard\/guard-honesty\.test\.ts:\d+/);
  expect(problems).toEqual([result]);
});

test('in a strict run a real resource that a process opens is a problem with its type and line', async () => {
  const hash = () => promisify(scrypt)('a', 'b', 16);
  const { problems } = await inProcess(
    async () => {
      void hash();
    },
    { strict: true },
  );
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/"SCRYPTREQUEST", at packages\/testkit\/test\/guard\/guard-honesty\.test\.ts:\d+/);
  const lenient = await inProcess(async () => {
    void hash();
  });
  expect(lenient.problems).toEqual([]);
});

test('a strict run finds nothing in code that waits for ports, timers and promises alone', async () => {
  const { problems } = await inProcess(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await new Promise((resolve) => process.nextTick(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      console.error('');
    },
    { strict: true },
  );
  expect(problems).toEqual([]);
});

/** Runs a process that does `work` and then waits for ever. */
async function serve(work: (life: number) => void) {
  let lives = 0;
  const { problems } = await runWorld(
    {
      world: (world) => {
        world.process('server', ({ life }) => {
          lives = life;
          work(life);
          return { stop: async () => {} };
        });
        world.client('user', () => world.clock.sleep(5_000));
        world.quietWhen(() => true);
      },
    },
    { seed: 1 },
  );
  return { lives, problems: problems.map(({ check, message }) => `${check}: ${message}`) };
}

test('a rejection that nobody handles ends its process and fails the run', async () => {
  const { lives, problems } = await serve((life) => {
    if (life === 1) void Promise.reject(new Error('nobody looks'));
  });
  expect(problems).toEqual(['no error goes uncaught: "server" let an error go uncaught: Error: nobody looks']);
  expect(lives).toBe(2);
});

test('an error that a timer throws ends its process and fails the run', async () => {
  const { lives, problems } = await serve((life) => {
    if (life === 1) {
      setTimeout(() => {
        throw new Error('thrown by a timer');
      }, 10);
    }
  });
  expect(problems).toEqual(['no error goes uncaught: "server" let an error go uncaught: Error: thrown by a timer']);
  expect(lives).toBe(2);
});

test('what a dead process rejects means nothing', async () => {
  const { lives, problems } = await serve((life) => {
    if (life > 1) return;
    setTimeout(() => {
      void Promise.reject(new Error('last words'));
      process.exit(1);
    }, 10);
  });
  expect(problems).toEqual([]);
  expect(lives).toBe(2);
});

test('listeners for errors that nobody caught are put aside and come back', async () => {
  const mine = () => {};
  for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, mine);
  const release = guardGlobals();
  try {
    expect(process.listeners('unhandledRejection')).not.toContain(mine);
    release();
    expect(process.listeners('unhandledRejection')).toContain(mine);
    expect(process.listeners('uncaughtException')).toContain(mine);
  } finally {
    release();
    for (const event of ['unhandledRejection', 'uncaughtException']) process.removeListener(event, mine);
  }
});

test('a timer that is left after a stop is a problem, a time-out signal, which nobody can take back, is not', async () => {
  const problemsOf = async (leave: () => void) => {
    const { problems } = await runWorld(
      {
        world: (world) => {
          world.process('server', () => ({ stop: async () => leave() }));
          world.quietWhen(() => true);
        },
      },
      { seed: 1 },
    );
    return problems.map(({ message }) => message);
  };
  expect(await problemsOf(() => void setTimeout(() => {}, 30_000))).toEqual([
    '"server" left a timer (due in 30000 ms).',
  ]);
  expect(await problemsOf(() => void AbortSignal.timeout(30_000))).toEqual([]);
});
