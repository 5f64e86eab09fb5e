import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isRunning } from '../bootstrap/running-process.mjs';
import { type PostgresService, startPostgres } from '../services/postgres.ts';
import { isPostgresReady } from '../services/postgres-ready.ts';

let server: PostgresService | undefined;

afterEach(async () => {
  await server?.stop();
});

test.each([15, 18] as const)('PostgreSQL %i of our own answers, and stop leaves nothing of it', async (major) => {
  server = await startPostgres({ major, own: true });
  const { pid, port, dataDir } = server;
  expect(await isPostgresReady(port)).toBe(true);
  expect(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim()).toBe(String(major));
  await server.stop();
  expect(isRunning(pid)).toBe(false);
  expect(existsSync(dirname(dataDir))).toBe(false);
});

test.each(['fast', 'immediate', 'kill'] as const)(
  'after restart "%s" it is another process at the same URL',
  async (mode) => {
    server = await startPostgres({ major: 18, own: true });
    const { pid, url } = server;
    await server.restart(mode);
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(await isPostgresReady(server.port)).toBe(true);
  },
);

test('a server that is down does not answer until it is up again', async () => {
  server = await startPostgres({ major: 18, own: true });
  await server.down('fast');
  expect(await isPostgresReady(server.port)).toBe(false);
  await server.up();
  expect(await isPostgresReady(server.port)).toBe(true);
});

test('a setting that the server refuses is named in the error', async () => {
  await expect(startPostgres({ major: 18, own: true, settings: { no_such_setting: '1' } })).rejects.toThrow(
    'no_such_setting',
  );
});

test('a server of the environment is used as it is and not ours to stop', async () => {
  server = await startPostgres({ major: 18 });
  expect(server.url).toBe(process.env['HOLDFAST_TEST_PG18_URL']);
  await expect(server.restart('fast')).rejects.toThrow('own: true');
});
