import { type MigrationRequest, SagaOperations } from '@holdfast/saga';
import { CommitUnknownError, retryTransaction, TransactionConflictError } from '@holdfast/sql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { receive, type SagaWorld } from '../runtime/saga-world.ts';
import {
  defineChangedDoorSaga,
  defineDoorSaga,
  doorClosed,
  doorKnocked,
  doorLeft,
  doorSwept,
  opened,
} from './door-saga.ts';
import { UnreliableRunner } from './unreliable-runner.ts';

const by = { actor: 'grace', reason: 'doors have colours now' };
const painted = (data: unknown) => ({ state: 'open', data: { ...(data as object), colour: 'blue' } });
const paint: MigrationRequest = { saga: 'door', from: 1, to: 2, states: { open: painted, ajar: painted }, ...by };
/** Does with some doors what it should not. */
const faulty: MigrationRequest['states'][string] = (data, { key }) => {
  switch (key) {
    case 'd1':
      throw new Error('no paint');
    case 'd2':
      return { state: 'closd', data };
    case 'd3':
      return { state: 'open', data };
    case 'd4':
      return null;
    default:
      return painted(data);
  }
};
const newDoor = defineChangedDoorSaga({ version: 2 });

/** What a migration promises, on every database. */
export function describeMigration<Tx>(name: string, open: () => Promise<SagaWorld<Tx>>): void {
  const service = async (...keys: readonly string[]) => {
    const world = await open();
    onTestFinished(() => world.close());
    const transactions = new UnreliableRunner(world.transactions);
    const runtime = world.runtime([defineDoorSaga(), newDoor], { transactions });
    const old = world.runtime([defineDoorSaga()]);
    for (const key of keys) await world.apply(old, opened(key));
    return { world, transactions, runtime, old, operations: new SagaOperations({ runtime }) };
  };
  const versionOf = async (world: SagaWorld<Tx>, key: string) =>
    (await world.store.queries.find(world.transactions, { saga: 'door', key }))?.definitionVersion;

  describe(`the migration of instances on ${name}`, () => {
    test('a dry run tells what would be, and writes nothing', async () => {
      const { world, old, operations } = await service('d1', 'd2', 'd3');
      await world.apply(old, receive(doorLeft, { doorId: 'd3' }));
      const before = await world.inspect('select * from holdfast_saga order by key');
      expect(await operations.migrateInstances({ ...paint, dryRun: true, chunk: 2 })).toEqual({
        isDryRun: true,
        migrated: 3,
        moves: [
          { from: 'open', to: 'open', instances: 2 },
          { from: 'ajar', to: 'open', instances: 1 },
        ],
        sent: 0,
        skipped: 0,
        failed: 0,
        failures: [],
        left: [
          { state: 'ajar', instances: 1 },
          { state: 'open', instances: 2 },
        ],
      });
      expect(await world.inspect('select * from holdfast_saga order by key')).toEqual(before);
      expect((await world.history('d3', 'door')).map(({ cause }) => cause)).toEqual(['event', 'event']);
    });

    test('an instance gets the new version, state and timers, and its history says who did it, why, and what changed', async () => {
      const { world, runtime, old, operations } = await service('d1');
      await world.apply(old, receive(doorLeft, { doorId: 'd1' }));
      const report = await operations.migrateInstances(paint);
      expect(report).toMatchObject({ migrated: 1, moves: [{ from: 'ajar', to: 'open', instances: 1 }], left: [] });
      expect(await versionOf(world, 'd1')).toBe(2);
      expect(await world.timers('d1', 'door')).toEqual(['wind']);
      expect((await world.history('d1', 'door')).at(-1)).toMatchObject({
        number: 3,
        cause: 'migration',
        name: 'version 1 → 2',
        from: 'ajar',
        to: 'open',
        changes: JSON.stringify([{ path: 'colour', after: 'blue' }]),
        ...by,
      });
      await world.apply(runtime, receive(doorKnocked, { doorId: 'd1' }));
      expect(await world.data('d1', 'door')).toMatchObject({ knocks: 1, colour: 'blue' });
      expect(await operations.migrateInstances(paint)).toMatchObject({ migrated: 0, left: [] });
    });

    test('what the old version redacts is not shown by the migration either', async () => {
      const { world, operations } = await service('d1');
      const renamed = (data: unknown) => {
        const { state, data: blue } = painted(data);
        return { state, data: { ...blue, owner: { name: 'Eve', floor: 3 } } };
      };
      await operations.migrateInstances({ ...paint, states: { open: renamed } });
      expect(await world.data('d1', 'door')).toMatchObject({ owner: { name: 'Eve' } });
      expect(JSON.stringify(await world.history('d1', 'door'))).not.toMatch(/Ada|Eve/);
    });

    test('where the old version is not there, nothing is known to be harmless, and the difference shows paths only', async () => {
      const { world } = await service('d1');
      const operations = new SagaOperations({ runtime: world.runtime([newDoor]) });
      const anonymous = () => ({
        state: 'open',
        data: { doorId: 'd1', owner: { name: '-', floor: 0 }, knocks: 0, colour: 'mauve' },
      });
      await operations.migrateInstances({ ...paint, states: { open: anonymous } });
      const last = (await world.history('d1', 'door')).at(-1);
      expect(last).toMatchObject({ cause: 'migration', changes: expect.stringContaining('owner.name') });
      expect(last?.changes).not.toMatch(/Ada|mauve/);
    });

    test('timers that transitions have scheduled go on when the new version takes them, and others do not', async () => {
      const { world } = await service('d1');
      const same = world.runtime([defineDoorSaga(), defineDoorSaga({ version: 3 })]);
      const due = async () => {
        const timers = await world.store.queries.timers(world.transactions, { saga: 'door', key: 'd1' });
        return new Map(timers.map(({ timer, dueAt }) => [timer, dueAt]));
      };
      await world.elapse(60_000);
      const before = await due();
      const keep = (data: unknown, { state }: { readonly state: string }) => ({ state, data });
      const operations = new SagaOperations({ runtime: same });
      await operations.migrateInstances({ ...paint, to: 3, states: { open: keep } });
      const after = await due();
      expect(after.get('night')).toBe(before.get('night'));
      expect(after.get('draught')).toBeGreaterThan(before.get('draught') ?? 0);
      expect(after.size).toBe(2);
    });

    test('a parked event that the new state takes is taken', async () => {
      const { world, old } = await service('d1');
      await world.apply(old, receive(doorSwept, { doorId: 'd1', by: 'Bob' }));
      const operations = new SagaOperations({
        runtime: world.runtime([defineDoorSaga({ version: 3 }), defineDoorSaga()]),
      });
      const report = await operations.migrateInstances({
        ...paint,
        to: 3,
        states: { open: (data) => ({ state: 'ajar', data }) },
      });
      expect(report.moves).toEqual([{ from: 'open', to: 'ajar', instances: 1 }]);
      expect((await world.history('d1', 'door')).map(({ cause, to }) => `${cause} ${to}`)).toEqual([
        'event open',
        'migration ajar',
        'event open',
      ]);
      expect(await world.parked('d1', 'door')).toEqual([]);
    });

    test('what goes wrong with one instance is told, and holds no other back', async () => {
      const { world, old, operations } = await service('d1', 'd2', 'd3', 'd4', 'd5', 'd6');
      await world.apply(old, receive(doorClosed, { doorId: 'd6' }));
      const states = { open: faulty };
      const report = await operations.migrateInstances({ ...paint, states });
      expect(report).toMatchObject({
        migrated: 1,
        failed: 3,
        skipped: 1,
        left: [{ state: 'closed' }, { state: 'open', instances: 4 }],
      });
      expect(report.failures.map(({ key, error }) => [key, error])).toEqual([
        ['d1', 'Error: no paint'],
        ['d2', expect.stringContaining('has no state "closd"')],
        ['d3', expect.stringContaining('"data.colour"')],
      ]);
      expect(await Promise.all(['d1', 'd4', 'd5', 'd6'].map((key) => versionOf(world, key)))).toEqual([1, 1, 2, 1]);
      const large = {
        open: (data: unknown) => ({ state: 'open', data: { ...(data as object), colour: 'x'.repeat(300_000) } }),
      };
      expect(await operations.migrateInstances({ ...paint, states: large })).toMatchObject({ migrated: 0, failed: 4 });
      const late = { open: async (data: unknown) => painted(data) } as unknown as MigrationRequest['states'];
      expect((await operations.migrateInstances({ ...paint, states: late })).failures[0]?.error).toContain(
        'not asynchronous',
      );
    });

    test('a migration that was stopped goes on, and counts what it did when answers of commits are lost', async () => {
      const { world, transactions, operations } = await service('d1', 'd2', 'd3', 'd4', 'd5');
      transactions.failNext(new CommitUnknownError(), 'after');
      expect(await operations.migrateInstances({ ...paint, chunk: 2, limit: 3 })).toMatchObject({
        migrated: 3,
        left: [{ instances: 2 }],
      });
      transactions.failNext(new TransactionConflictError('it'), 'before');
      expect(await operations.migrateInstances({ ...paint, chunk: 2 })).toMatchObject({ migrated: 2, left: [] });
      for (const key of ['d1', 'd2', 'd3', 'd4', 'd5']) {
        expect((await world.history(key, 'door')).map(({ cause }) => cause)).toEqual(['event', 'migration']);
      }
      const aborted = operations.migrateInstances({ ...paint, signal: AbortSignal.abort(new Error('enough')) });
      await expect(aborted).rejects.toThrow('enough');
    });

    test('events that flow meanwhile are each taken once, before or after', async () => {
      const keys = Array.from({ length: 20 }, (_, n) => `d${n}`);
      const { world, runtime, operations } = await service(...keys);
      const knock = async (doorId: string) => {
        for (let n = 0; n < 5; n += 1) {
          const message = receive(doorKnocked, { doorId });
          await retryTransaction(() => world.apply(runtime, message), { attempts: 20 });
        }
      };
      const [first, second] = await Promise.all([
        operations.migrateInstances({ ...paint, chunk: 3 }),
        operations.migrateInstances({ ...paint, chunk: 3 }),
        ...keys.map(knock),
      ]);
      expect((first?.migrated ?? 0) + (second?.migrated ?? 0)).toBe(20);
      for (const key of keys) {
        expect(await world.data(key, 'door')).toMatchObject({ knocks: 5, colour: 'blue' });
        const causes = (await world.history(key, 'door')).map(({ cause }) => cause);
        expect(causes.filter((cause) => cause === 'migration')).toHaveLength(1);
        expect(causes).toHaveLength(7);
        expect(await world.timers(key, 'door')).toEqual(['wind']);
      }
    });

    test('a migration to the same version, to one that is not there, or without a reason is refused', async () => {
      const { operations } = await service();
      await expect(operations.migrateInstances({ ...paint, to: 1 })).rejects.toThrow('"to"');
      await expect(operations.migrateInstances({ ...paint, to: 9 })).rejects.toThrow('"to"');
      await expect(operations.migrateInstances({ ...paint, reason: '' })).rejects.toThrow('"reason"');
      await expect(operations.migrateInstances({ ...paint, saga: 'gate' })).rejects.toThrow('"saga"');
    });
  });
}
