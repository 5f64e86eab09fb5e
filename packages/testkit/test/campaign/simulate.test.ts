import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CampaignReport } from '../../src/campaign/campaign-report.ts';
import type { WorldDefinition } from '../../src/campaign/run-world.ts';
import { simulate } from '../../src/campaign/simulate.ts';
import type { CampaignProgress } from '../../src/campaign/simulate-options.ts';
import { SimulationFailedError } from '../../src/campaign/simulation-failed-error.ts';
import { sweep } from '../../src/campaign/sweep.ts';
import { faults } from '../../src/faults/faults.ts';
import type { World } from '../../src/kernel/world.ts';
import type { FaultPlan } from '../../src/plans/fault-plan.ts';
import { plantedWorld } from './planted-world.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-campaign-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function failureOf(campaign: Promise<unknown>): Promise<SimulationFailedError> {
  const error: unknown = await campaign.then(
    () => new Error('the campaign did not fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof SimulationFailedError) return error;
  throw error;
}

/** One process that does a few steps. */
function steps(act: (world: World, step: () => Promise<void>) => Promise<void>): WorldDefinition<null> {
  return {
    world: (world) => {
      const step = () => world.simulation.io({ label: 'step' }, () => {}).catch(() => {});
      let isDone = false;
      world.process('worker', async () => {
        await act(world, step);
        isDone = true;
      });
      world.client('client', () => world.clock.sleep(1));
      world.quietWhen(() => isDone);
      return null;
    },
  };
}

const calm = steps(async (_, step) => {
  for (let count = 0; count < 5; count += 1) await step();
});

describe('a failing campaign', () => {
  test('tells seed, rule, shrunk faults and the line that replays them', async () => {
    const error = await failureOf(simulate({ ...plantedWorld('mark before publish'), name: 'planted', seeds: 50 }));
    expect(error.code).toBe('ERR_TESTKIT_SIMULATION_FAILED');
    expect(error.message).toContain('The simulation "planted" broke "nothing is lost"');
    expect(error.message).toContain(`(seed ${error.plan?.seed})`);
    expect(error.message).toContain(`simulate({ …, replay: ${JSON.stringify(error.plan)} })`);
    expect(error.message).toContain(`${error.plan?.faults[0]?.kind} ${error.plan?.faults[0]?.at}`);
    expect(error.problems.map(({ check }) => check)).toContain('nothing is lost');
  });

  test('tells what it did until then, and promises nothing', async () => {
    const { figures } = await failureOf(simulate({ ...plantedWorld('mark before publish'), seeds: 50 }));
    expect(figures).toMatchObject({ violations: 1, seeds: expect.any(Number), steps: expect.any(Number) });
    const merged = CampaignReport.merge([figures!, { ...figures!, violations: 0, seeds: 1_000 }]);
    expect(merged.toJSON()).toMatchObject({ violations: 1, failureBound: 1 });
    expect(merged.toText()).toMatch(/1 violation in 1,\d+ seeds\n[\s\S]*none, since a run failed/);
  });

  test('is repeated by what it tells, and by its seed', async () => {
    const options = { ...plantedWorld('mark before publish'), name: 'planted' };
    const { plan } = await failureOf(simulate({ ...options, seeds: 50 }));
    const again = await failureOf(simulate({ ...options, replay: plan! }));
    expect(again.plan).toEqual(plan);
    const bySeed = await failureOf(simulate({ ...options, seed: plan!.seed }));
    expect(bySeed.plan).toEqual(plan);
  });

  test('keeps its plan, which is replayed first and always', async () => {
    const options = { ...plantedWorld('mark before publish'), name: 'planted', fails: join(folder, 'fails') };
    const { planPath, plan, message } = await failureOf(simulate({ ...options, seeds: 50 }));
    expect(message).toContain(`replay: '${planPath}'`);
    const onOtherSeeds = { ...options, firstSeed: 100_000, seeds: 1, faults: faults.none() };
    expect((await failureOf(simulate(onOtherSeeds))).plan).toEqual(plan);
    expect((await failureOf(simulate({ ...options, replay: planPath! }))).plan).toEqual(plan);
    const mended = await simulate({ ...onOtherSeeds, ...plantedWorld(null) });
    expect(mended.figures).toMatchObject({ plans: 1, stalePlans: [], seeds: 1 });
  });

  test('tells of it also when its plan cannot be saved', async () => {
    const options = { ...plantedWorld('mark before publish'), seeds: 50 };
    const error = await failureOf(
      simulate({
        ...options,
        fails: join(folder, 'late'),
        world: async (world, size) => {
          // The folder cannot be made any more when the run has failed.
          await writeFile(join(folder, 'late'), '');
          return options.world(world, size);
        },
      }),
    );
    expect(error.planPath).toBeNull();
    expect(error.message).toContain('The plan could not be saved in');
  });

  test('has as its cause what a run threw', async () => {
    const cause = new TypeError('orders is not iterable');
    const definition: WorldDefinition<null> = {
      world: () => {
        throw cause;
      },
    };
    const error = await failureOf(simulate({ ...definition, seeds: 3 }));
    expect(error.cause).toBe(cause);
    expect(error.message).toContain('orders is not iterable');
    expect(error.plan).toEqual({ seed: 1, faults: [] });
  });
});

test('saved plans whose sites do not come any more are named', async () => {
  const plan = { format: 1, name: 'steps', check: 'x', seed: 1, faults: [{ at: 'worker/gone#1', kind: 'pause' }] };
  await writeFile(join(folder, 'a.json'), JSON.stringify(plan));
  const report = await simulate({ ...calm, name: 'steps', seeds: 2, fails: folder });
  expect(report.figures.stalePlans).toEqual([join(folder, 'a.json')]);
  expect(report.toText()).toContain('1 with faults whose site does not come any more');
});

test('a saved plan that is wrong stops the campaign', async () => {
  await writeFile(join(folder, 'a.json'), '{"format":7}');
  await expect(simulate({ ...calm, fails: folder })).rejects.toMatchObject({ code: 'ERR_TESTKIT_INVALID_PLAN' });
  expect(await readdir(folder)).toEqual(['a.json']);
});

test('what sometimes must be seen and never was fails the campaign and is named', async () => {
  const definition = steps(async (world, step) => {
    await step();
    world.see('a step was done');
  });
  const sometimes = ['a step was done', 'a lease was lost', 'a message was parked'];
  const error = await failureOf(simulate({ ...definition, seeds: 5, sometimes }));
  expect(error.reason).toBe('unseen');
  expect(error.message).toContain('never saw "a lease was lost", "a message was parked" in 5 seeds');
  const report = await simulate({ ...definition, seeds: 5, sometimes: ['a step was done'], faults: faults.none() });
  expect(report.figures.seen).toEqual({ 'a step was done': 5 });
});

describe('a run that depends on more than its seed', () => {
  let runs = 0;
  const remembering = steps(async (world, step) => {
    runs += 1;
    await step();
    await step();
    if (runs % 2 === 0) await step();
    else await world.clock.sleep(7);
    await step();
  });

  test('is found, and the event is told at which two runs part', async () => {
    const error = await failureOf(simulate({ ...remembering, faults: faults.none(), seeds: 50 }));
    expect(error.reason).toBe('nondeterminism');
    expect(error.message).toMatch(/took two courses with one seed \(1\)/);
    expect(error.message).toMatch(/They part at event \d, after \d+\.\d{3} ms worker \(life 1\) io step:/);
    expect(error.message).toMatch(
      /one run: .* worker \(life 1\) io step\n {2}the other: .* worker \(life 1\) io step$/,
    );
  });

  test('is not looked for in seeds that are run once', async () => {
    const report = await simulate({ ...remembering, faults: faults.none(), seeds: 20, repeat: 0 });
    expect(report.figures.repeated).toBe(0);
  });
});

test('a second run of a seed that breaks a rule fails the campaign, also when its events are those of the first', async () => {
  let checked = 0;
  const check = [{ name: 'checked once', check: () => (++checked % 2 === 0 ? ['it is not'] : []) }];
  const error = await failureOf(simulate({ ...calm, seeds: 3, check }));
  expect(error).toMatchObject({
    reason: 'nondeterminism',
    problems: [{ check: 'checked once', message: 'it is not' }],
  });
  expect(error.message).toContain('only the second run broke "checked once": it is not');
});

test('a failure that does not come again is told with what it broke', async () => {
  let checked = 0;
  const check = [{ name: 'checked later', check: () => (++checked === 1 ? ['it is not'] : []) }];
  const error = await failureOf(simulate({ ...calm, seeds: 3, check }));
  expect(error.problems).toEqual([{ check: 'checked later', message: 'it is not' }]);
  expect(error.message).toContain('it is not');
  expect(error.message).toContain('it did not fail again');
});

test('a failure that may not be shrunk is not said to depend on more than its seed', async () => {
  const check = [{ name: 'never', check: () => ['it is not'] }];
  const { message } = await failureOf(simulate({ ...calm, seeds: 3, shrinkRuns: 0, check }));
  expect(message).not.toContain('did not fail again');
  expect(message).toContain('fewer may be enough');
});

test('a check that throws is told by its name, keeps others from nothing, and is the cause', async () => {
  const cause = new TypeError('no rows');
  const check = [
    {
      name: 'reads rows',
      check: () => {
        throw cause;
      },
    },
    { name: 'never', check: () => ['it is not'] },
  ];
  const error = await failureOf(simulate({ ...calm, seeds: 3, check }));
  expect(error.cause).toBe(cause);
  expect(error.problems.map((problem) => problem.check)).toEqual(['reads rows', 'never']);
  expect(error.message).toContain('The check itself failed: TypeError: no rows');
});

test('conditions may have the names of members of every object', async () => {
  const seen = { constructor: 2 };
  const { figures } = await simulate({ ...calm, seeds: 1 });
  expect(CampaignReport.merge([{ ...figures, seen }]).figures.seen).toEqual({ constructor: 2 });
});

test('without clients and without a sign of rest, faults go on until processes are done', async () => {
  const world = (built: World) => {
    built.process('worker', async () => {
      const step = () => built.simulation.io({ label: 'step' }, () => {}).catch(() => {});
      for (let count = 0; count < 20; count += 1) await step();
    });
    return null;
  };
  expect((await sweep({ world }, { kinds: ['crash-before'] })).sites).toBeGreaterThanOrEqual(20);
});

test('a plan that is no plan is not replayed, and names that no plan could have are refused', async () => {
  const replayed = (replay: object) => simulate({ ...calm, replay: replay as FaultPlan });
  const faults = [{ at: 'worker/step#1', kind: 'pause', ms: Number.NaN }];
  await expect(replayed({ seed: 1, faults })).rejects.toThrow('"faults[0].ms" must be a number');
  await expect(replayed({ seed: 1, faults: [{ at: 'x', kind: 'pause' }] })).rejects.toThrow('"faults[0].at"');
  await expect(replayed({ seed: 1, faults: [{ at: 'worker/step#1', kind: 'x' }] })).rejects.toThrow('"faults[0].kind"');
  await expect(replayed({ seed: -1, faults: [] })).rejects.toThrow('"seed"');
  await expect(replayed({ seed: 1 })).rejects.toThrow('"faults"');
  const unnamed = [{ name: '', check: () => [] }];
  await expect(simulate({ ...calm, check: unnamed })).rejects.toThrow('"check.name"');
  const labelled = (label: string) =>
    simulate({ ...steps((world) => world.simulation.io({ label }, () => {})), seeds: 1 });
  expect((await failureOf(labelled(''))).message).toContain('"label"');
  expect((await failureOf(labelled('x'.repeat(1_025)))).message).toContain('"label"');
});

describe('a campaign that tests nothing', () => {
  const bystanders: WorldDefinition<null> = {
    world: (world) => {
      const provider = world.port('provider', { async charge() {} });
      world.client('client', () => provider.charge());
      return null;
    },
  };

  test('fails when nothing ever went wrong, unless nothing was to', async () => {
    const error = await failureOf(simulate({ ...bystanders, name: 'calm', seeds: 100 }));
    expect(error).toMatchObject({ reason: 'undisturbed', figures: { seeds: 100, disturbed: 0 } });
    expect(error.message).toContain('"calm" had no fault in 100 seeds, though "swarm" was asked for');
    await simulate({ ...bystanders, seeds: 100, faults: faults.none() });
  });

  test('fails when nothing runs, and when conditions are seen by what builds its world', async () => {
    const empty = await failureOf(simulate({ world: () => null, seeds: 1 }));
    expect(empty.message).toContain('The world has no process and no client');
    const world = (built: World) => {
      built.see('it was worth it');
      built.client('client', async () => {});
      return null;
    };
    const seen = await failureOf(simulate({ world, seeds: 1, sometimes: ['it was worth it'] }));
    expect(seen.message).toContain('"it was worth it" was seen while the world was built');
  });

  test('says which kinds of faults were asked for and never happened', async () => {
    const report = await simulate({ ...calm, seeds: 100, faults: faults.only('error-before', 'duplicate') });
    expect(report.toText()).toMatch(/faults {11}error-before \d+, never, though asked for: duplicate/);
    expect(report.figures.faults).toMatchObject({ duplicate: 0 });
    expect(CampaignReport.merge([report.figures, report.figures]).toText()).toContain('asked for: duplicate');
  });

  test('is no sweep either, when there is nothing to try', async () => {
    expect(await failureOf(sweep(bystanders))).toMatchObject({ reason: 'undisturbed' });
    expect(await failureOf(sweep(calm, { kinds: ['duplicate'] }))).toMatchObject({ reason: 'undisturbed' });
  });

  test('counts a condition of any name', async () => {
    const named = steps(async (world, step) => {
      await step();
      world.see('constructor');
    });
    const { seen, runs } = await sweep(named, { kinds: ['error-before'] });
    expect(seen).toEqual({ constructor: runs });
  });
});

test('a share of the seeds is run twice when a share is asked for', async () => {
  const { figures } = await simulate({ ...calm, seeds: 200, repeat: 0.25 });
  expect(figures.repeated).toBeGreaterThan(25);
  expect(figures.repeated).toBeLessThan(75);
});

/** Real time that goes on with each look at it. */
function tickingClock(stepMs: number): Clock {
  let now = 0;
  return {
    now: () => 0,
    monotonic: () => {
      now += stepMs;
      return now;
    },
    sleep: async () => {},
  };
}

test('a campaign ends when its time is over, and tells how far it is about once a second', async () => {
  const told: CampaignProgress[] = [];
  const options = {
    minutes: 1,
    clock: tickingClock(250),
    onProgress: (progress: CampaignProgress) => told.push(progress),
  };
  const report = await simulate({ ...calm, ...options, repeat: 0 });
  expect(report.figures.seeds).toBeGreaterThan(100);
  expect(report.figures.seeds).toBeLessThan(241);
  expect(told.length).toBeGreaterThan(20);
  expect(told.length).toBeLessThanOrEqual(60);
  expect(told[0]).toMatchObject({ ofSeeds: null });
  expect(told.at(-1)?.seeds).toBeGreaterThan(told[0]!.seeds);
});

test('a report has the figures, as data and as text', async () => {
  const report = await simulate({
    ...plantedWorld(null),
    name: 'orders',
    seeds: 30,
    sometimes: ['an order was accepted'],
  });
  const data = JSON.parse(JSON.stringify(report));
  expect(data).toMatchObject({
    name: 'orders',
    seeds: 30,
    repeated: 30,
    plans: 0,
    failureBound: 0.1,
    distinctTraces: 30,
  });
  expect(data.steps).toBeGreaterThan(1_000);
  expect(data.virtualMs).toBeGreaterThan(1_000);
  expect(data.faults.kill).toBeGreaterThan(0);
  const text = report.toText();
  expect(text).toContain('simulation "orders": 0 violations in 30 seeds');
  expect(text).toContain('probability below 1.0e-1 (95 %, rule of three)');
  expect(text).toMatch(/an order was accepted in \d+ runs/);
});

test('processes that share a campaign take each seed once, and their reports make one', async () => {
  const seeds: number[] = [];
  const definition = steps(async (world, step) => {
    seeds.push(world.simulation.seed);
    await step();
    if (world.simulation.seed === 8) world.see('the eighth seed');
  });
  const sometimes = ['the eighth seed', 'the ninth life'];
  const shares = [];
  for (const index of [0, 1, 2]) {
    const share = { index, of: 3 };
    shares.push(await simulate({ ...definition, seeds: 10, repeat: 0, faults: faults.none(), sometimes, share }));
  }
  expect(seeds.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const report = CampaignReport.merge(shares.map(({ figures }) => figures));
  expect(report.figures).toMatchObject({ seeds: 10, distinctTraces: 10, seen: { 'the eighth seed': 1 } });
  expect(report.unseen).toEqual(['the ninth life']);
});

test('a campaign that is asked to end reports what it has done so far, and does not miss what it had no time to see', async () => {
  const stop = new AbortController();
  const definition = steps(async ({ simulation }, step) => {
    await step();
    if (simulation.seed === 5) stop.abort();
  });
  const asked = { seeds: 100, repeat: 0, sometimes: ['the ninth life'], signal: stop.signal };
  const { figures } = await simulate({ ...definition, ...asked, faults: faults.none() });
  expect(figures.seeds).toBe(5);
});

test('wrong options are refused by name', async () => {
  await expect(simulate({ ...calm, seeds: 0 })).rejects.toThrow('Option "seeds" is "0"');
  await expect(simulate({ ...calm, repeat: 2 })).rejects.toThrow('Option "repeat" is "2"');
  await expect(simulate({ ...calm, minutes: -1 })).rejects.toThrow('Option "minutes" is "-1"');
  await expect(simulate({ ...calm, seed: 1, replay: 'x' })).rejects.toThrow('Option "replay"');
  await expect(simulate({ ...calm, replay: { seed: -1, faults: [] } })).rejects.toThrow('"seed" must be');
  await expect(simulate({ ...calm, share: { index: 2, of: 2 } })).rejects.toThrow('Option "share.index" is "2"');
  await expect(sweep(calm, { seed: -1 })).rejects.toThrow('Option "seed" is "-1"');
});

describe('a sweep', () => {
  test('tries each kind at each site once, and tells which single fault is not survived', async () => {
    const definition: WorldDefinition<null> = steps(async (world, step) => {
      await step();
      await step();
      const [fault] = world.simulation.happened;
      if (fault?.kind === 'error-after' && fault.at === 'worker/step#2')
        world.simulation.problem('all is well', 'it is not');
    });
    const kinds = ['error-before', 'error-after', 'crash-before', 'crash-after'] as const;
    const report = await sweep(definition, { kinds });
    expect(report).toMatchObject({ runs: 1 + 2 * kinds.length, isComplete: true });
    expect(report.failures).toEqual([
      {
        faults: [{ at: 'worker/step#2', kind: 'error-after' }],
        problems: [{ check: 'all is well', message: 'it is not' }],
      },
    ]);
  });

  test('counts faults whose site did not come again: something besides the seed decides then', async () => {
    let runs = 0;
    const definition = steps(async (_, step) => {
      runs += 1;
      if (runs === 1) await step();
      await step();
    });
    expect(await sweep(definition, { kinds: ['error-before'] })).toMatchObject({
      runs: 3,
      missed: 1,
      isComplete: true,
    });
  });

  test('fails when the run without faults fails', async () => {
    const definition = steps(async (world) => world.simulation.problem('all is well', 'it is not'));
    expect((await failureOf(sweep(definition))).message).toContain('all is well');
  });

  test('says that it is not complete when it may not make all runs', async () => {
    expect(await sweep(calm, { maxRuns: 4 })).toMatchObject({ runs: 4, isComplete: false });
  });

  test('ends when it is asked to, with what it has done', async () => {
    const stop = new AbortController();
    const told: number[] = [];
    const onProgress = ({ runs, ofRuns }: { readonly runs: number; readonly ofRuns: number }) => {
      told.push(runs);
      if (runs === 3) stop.abort();
      expect(ofRuns).toBeGreaterThan(3);
    };
    expect(await sweep(calm, { signal: stop.signal, onProgress })).toMatchObject({ runs: 3, isComplete: false });
    expect(told).toEqual([2, 3]);
  });
});
