import { CommitUnknownError } from '@holdfast/sql';
import { type PgPoolClientLike, type PgPoolLike, type PgTransaction, transact } from '@holdfast/sql/pg';
import { describe, expect, test } from 'vitest';

interface FakeClient extends PgPoolClientLike {
  readonly sent: string[];
  readonly released: (boolean | undefined)[];
}

/** A pipelined client whose server refuses BEGIN, as one does that is told to cancel at that moment. */
function clientThatRefusesBegin(): FakeClient {
  const sent: string[] = [];
  const released: (boolean | undefined)[] = [];
  return {
    pipeline: true,
    sent,
    released,
    async query({ text }) {
      sent.push(text);
      if (text.startsWith('begin')) {
        throw Object.assign(new Error('canceling statement due to user request'), { code: '57014', severity: 'ERROR' });
      }
      return { rows: [], rowCount: 1, command: text === 'commit' ? 'COMMIT' : 'INSERT' };
    },
    on() {},
    removeListener() {},
    release(destroy) {
      released.push(destroy);
    },
  };
}

describe('a pipelined BEGIN that the server refuses', () => {
  test.each([
    ['resolved', async (tx: PgTransaction) => tx.query('insert into orders values (1)')],
    [
      'rejected',
      async (tx: PgTransaction) => {
        await tx.query('insert into orders values (1)');
        throw new Error('no');
      },
    ],
  ])('rejects as unknown, because the statements behind it ran by themselves; the work %s', async (_how, work) => {
    const client = clientThatRefusesBegin();
    const pool: PgPoolLike = { connect: async () => client };
    const error = await transact(pool, work).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommitUnknownError);
    expect((error as Error).cause).toMatchObject({ code: '57014' });
    expect(client.sent).not.toContain('commit');
    expect(client.released).toEqual([true]);
  });
});

describe('a pipelined client of pg-native', () => {
  test('is waited for at every statement: it would find out too late which values it cannot encode', async () => {
    const client = { ...clientThatRefusesBegin(), native: {} };
    const pool: PgPoolLike = { connect: async () => client };
    await expect(transact(pool, (tx) => tx.query('select 1'))).rejects.toMatchObject({ code: '57014' });
    expect(client.sent).toEqual(['begin']);
  });
});
