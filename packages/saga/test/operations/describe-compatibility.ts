import { IncompatibleInstancesError, SagaOperations } from '@holdfast/saga';
import { describe, expect, onTestFinished, test } from 'vitest';
import { receive, type SagaWorld } from '../runtime/saga-world.ts';
import { defineChangedDoorSaga, defineDoorSaga, doorClosed, doorLeft, doorSwept, opened } from './door-saga.ts';

/** S9, on every database. */
export function describeCompatibility<Tx>(name: string, open: () => Promise<SagaWorld<Tx>>): void {
  const service = async () => {
    const world = await open();
    onTestFinished(() => world.close());
    return world;
  };
  const operations = (world: SagaWorld<Tx>, ...definitions: Parameters<typeof world.runtime>[0]) =>
    new SagaOperations({ runtime: world.runtime(definitions) });

  /** Three open doors, one of them with a parked event; two ajar; one closed. */
  const doors = async (world: SagaWorld<Tx>, version = 1) => {
    const runtime = world.runtime([defineDoorSaga({ version })]);
    for (const doorId of ['d1', 'd2', 'd3', 'd4', 'd5', 'd6']) await world.apply(runtime, opened(doorId));
    await world.apply(runtime, receive(doorSwept, { doorId: 'd3', by: 'Bob' }));
    await world.apply(runtime, receive(doorLeft, { doorId: 'd4' }), receive(doorLeft, { doorId: 'd5' }));
    await world.apply(runtime, receive(doorClosed, { doorId: 'd6' }));
  };

  describe(`new definitions over old instances on ${name}`, () => {
    test('S9: a definition that carries all instances is let start', async () => {
      const world = await service();
      await doors(world);
      const report = await operations(world, defineDoorSaga()).assertCompatible({ includeFinished: true });
      expect(report).toEqual({ findings: [], inFlight: 5, finished: 1, examined: 6, unexamined: 0 });
      expect(await operations(world, defineDoorSaga()).preflight()).toEqual([
        {
          level: 'ok',
          subject: 'saga.instances',
          message:
            'The definitions can carry the 5 instances in flight, by version, state, timers and parked events; the data of 5 instances fits, that of 1 was not looked into.',
        },
      ]);
    });

    test('S9: instances of a version that is not there refuse the start, and are named', async () => {
      const world = await service();
      await doors(world, 4);
      const refused = operations(world, defineDoorSaga()).assertCompatible();
      await expect(refused).rejects.toThrow(
        '3 instances of saga "door" version 4 in state "open" ("d1", "d2", "d3"): that version is not among "definitions"; add it beside ' +
          'the newer ones, or migrate them.',
      );
      await expect(refused).rejects.toMatchObject({
        code: 'ERR_SAGA_INCOMPATIBLE_INSTANCES',
        findings: [
          { kind: 'unknown-version', saga: 'door', version: 4, state: 'ajar', instances: 2, sample: ['d4', 'd5'] },
          {
            kind: 'unknown-version',
            saga: 'door',
            version: 4,
            state: 'open',
            instances: 3,
            sample: ['d1', 'd2', 'd3'],
          },
        ],
      });
      await operations(world, defineDoorSaga(), defineDoorSaga({ version: 4 })).assertCompatible();
    });

    test('S9: what was changed without a new version is found: states, data, timers and parked events', async () => {
      const world = await service();
      await doors(world);
      const { findings } = await operations(world, defineChangedDoorSaga()).compatibility({ includeFinished: true });
      const place = { saga: 'door', version: 1 };
      const open = { ...place, state: 'open', isFinished: false };
      expect(findings).toMatchObject([
        { kind: 'unknown-state', ...place, state: 'ajar', instances: 2, sample: ['d4', 'd5'] },
        { kind: 'data', ...place, state: 'closed', instances: 1, names: ['data.colour'], isFinished: true },
        { kind: 'data', ...open, instances: 3, names: ['data.colour'], sample: ['d1', 'd2', 'd3'] },
        { kind: 'timer', ...open, names: ['draught'], instances: 3, sample: ['d1', 'd2', 'd3'] },
        { kind: 'timer', ...open, names: ['night'], instances: 3 },
        { kind: 'parked-event', ...open, names: ['door.swept'], instances: 1, sample: ['d3'] },
      ]);
      expect(findings.map(({ message }) => message)).toEqual([
        expect.stringContaining(
          '2 instances of saga "door" version 1 in state "ajar" ("d4", "d5"): that version has no such state',
        ),
        expect.stringContaining('1 finished instance of saga "door" version 1 in state "closed" ("d6")'),
        expect.stringContaining(
          '3 instances of saga "door" version 1 in state "open" ("d1", "d2", "d3"): their data does not fit the schema at "data.colour"',
        ),
        expect.stringContaining('timer "draught" is set, and would be dropped when it runs out'),
        expect.stringContaining('timer "night" is set'),
        expect.stringContaining('("d3"): event "door.swept" is parked, and no state takes it any more'),
      ]);
      expect(JSON.stringify(findings)).not.toContain('Ada');
      const levels = (await operations(world, defineChangedDoorSaga()).preflight({ includeFinished: true })).map(
        ({ level }) => level,
      );
      expect(levels).toEqual(['refuse', 'warn', 'refuse', 'refuse', 'refuse', 'refuse']);
    });

    test('S9: events that wait for an instance that never begins are found when nothing takes them any more', async () => {
      const world = await service();
      await world.apply(world.runtime([defineDoorSaga()]), receive(doorLeft, { doorId: 'd9' }));
      await operations(world, defineDoorSaga()).assertCompatible();
      await expect(operations(world, defineChangedDoorSaga()).assertCompatible()).rejects.toThrow(
        '1 instance of saga "door" before the beginning ("d9"): event "door.left" is parked',
      );
    });

    test('S9: finished instances are told and refuse no start', async () => {
      const world = await service();
      const runtime = world.runtime([defineDoorSaga({ version: 2 })]);
      await world.apply(runtime, opened('d1'), receive(doorClosed, { doorId: 'd1' }));
      const report = await operations(world, defineDoorSaga()).assertCompatible();
      expect(report.findings).toMatchObject([{ kind: 'unknown-version', state: 'closed', isFinished: true }]);
    });

    test('the scan of data is bounded, goes on over chunks, and says what it has not seen', async () => {
      const world = await service();
      const runtime = world.runtime([defineDoorSaga()]);
      const keys = Array.from({ length: 450 }, (_, n) => `d${String(n).padStart(3, '0')}`);
      await world.apply(runtime, ...keys.map(opened));
      const changed = operations(world, defineChangedDoorSaga());
      const all = await changed.compatibility({ sample: 3 });
      expect(all).toMatchObject({ inFlight: 450, examined: 450, unexamined: 0 });
      const bounded = await changed.compatibility({ dataLimit: 210, sample: 3 });
      expect(bounded).toMatchObject({ inFlight: 450, examined: 210, unexamined: 240 });
      const dataOf = ({ findings }: typeof all) => findings.find(({ kind }) => kind === 'data');
      expect(dataOf(all)).toMatchObject({ instances: 450, sample: { length: 3 } });
      expect(dataOf(bounded)).toMatchObject({ instances: 210 });
      expect(dataOf(await changed.compatibility({ dataLimit: 0 }))).toBeUndefined();
      const aborted = changed.compatibility({ signal: AbortSignal.abort(new Error('enough')) });
      await expect(aborted).rejects.toThrow('enough');
    });

    test('an error names at most twenty findings, and none of the data', () => {
      const finding = {
        kind: 'data',
        saga: 'door',
        version: 1,
        state: 'open',
        stateKind: 'active',
        names: [],
      } as const;
      const many = Array.from({ length: 25 }, (_, n) => ({
        ...finding,
        instances: 1,
        sample: [],
        isFinished: false,
        message: `Finding ${n}.`,
      }));
      const { message } = new IncompatibleInstancesError(many);
      expect(message).toContain('Finding 19. And 5 more findings.');
    });
  });
}
