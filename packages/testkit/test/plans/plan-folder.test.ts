import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InvalidPlanError } from '../../src/plans/invalid-plan-error.ts';
import { parsePlan } from '../../src/plans/parse-plan.ts';
import { PlanFolder, readPlan } from '../../src/plans/plan-folder.ts';
import type { SavedPlan } from '../../src/plans/saved-plan.ts';

const plan: SavedPlan = {
  format: 1,
  name: 'orders',
  check: 'nothing is lost',
  seed: 12,
  size: 3,
  faults: [
    { at: 'relay-1/bus.publish#2', kind: 'crash-after' },
    { at: 'tick/relay-1#3', kind: 'pause', ms: 5_000 },
  ],
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-plans-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a saved plan is read as it was, and saved once however often', async () => {
  const plans = new PlanFolder(join(folder, 'fails'));
  const { path } = await plans.save(plan, 'sequenceDiagram');
  expect((await plans.save(plan, 'sequenceDiagram')).path).toBe(path);
  expect(await plans.read('orders')).toEqual([{ path, plan }]);
  expect(await readdir(join(folder, 'fails'))).toHaveLength(2);
  expect(await readFile(path.replace('.json', '.mmd'), 'utf8')).toBe('sequenceDiagram');
});

test('plans of other campaigns are left alone, and a folder that is not there has none', async () => {
  const plans = new PlanFolder(folder);
  await plans.save({ ...plan, name: 'payments' }, '');
  expect(await plans.read('orders')).toEqual([]);
  expect(await new PlanFolder(join(folder, 'none')).read('orders')).toEqual([]);
});

test('names of files hold no more than letters, digits and "-"', async () => {
  const { path } = await new PlanFolder(folder).save({ ...plan, name: '../../etc', check: '…/"x"\u0000' }, '');
  expect(path.slice(folder.length + 1)).toMatch(/^etc-x-[0-9a-f]{8}\.json$/);
});

test('a file that is too large is not read', async () => {
  const path = join(folder, 'large.json');
  await writeFile(path, Buffer.alloc(2 ** 22 + 1, 0x20));
  await expect(readPlan(path)).rejects.toThrow('4194305 bytes');
});

test('what is no file is not read: a folder, a pipe, a device behind a link', async () => {
  const paths = ['folder.json', 'pipe.json', 'zero.json'].map((name) => join(folder, name));
  await mkdir(paths[0]!);
  execFileSync('mkfifo', [paths[1]!]);
  await symlink('/dev/zero', paths[2]!);
  for (const path of paths) await expect(readPlan(path)).rejects.toThrow('it is no file');
});

test('a plan is read again whatever its labels are, or is not saved', async () => {
  const plans = new PlanFolder(folder);
  const labels = ['a\nb', '__proto__', 'x/y#1', '…'.repeat(1_024), ' ', '"\\\u0000'];
  const faults = labels.map((label) => ({ at: `p/${label}#1`, kind: 'pause' as const }));
  const { path } = await plans.save({ ...plan, faults, check: 'c'.repeat(2_000) }, '');
  expect((await readPlan(path)).faults).toEqual(faults);
  const wrong = [{ at: `p/${'x'.repeat(1_025)}#1`, kind: 'pause' as const }];
  await expect(plans.save({ ...plan, faults: wrong }, '')).rejects.toThrow(InvalidPlanError);
  expect((await readdir(folder)).filter((name) => name.endsWith('.json'))).toHaveLength(1);
});

test('a file that is not there is named', async () => {
  await expect(readPlan(join(folder, 'none.json'))).rejects.toThrow(InvalidPlanError);
  await expect(readPlan(join(folder, 'none.json'))).rejects.toThrow(
    'none.json" is no plan of a simulation that can be replayed: it cannot be opened (ENOENT)',
  );
});

const fault = plan.faults[0];
test.each([
  ['{', 'it is not JSON'],
  ['[]', '"it" must be an object, not a list of 0'],
  ['null', '"it" must be an object, not "null"'],
  [{ ...plan, format: 2 }, '"format" must be 1, which this version reads, not "2"'],
  [{ ...plan, seed: -1 }, '"seed" must be an integer from 0 to 4294967295, not "-1"'],
  [{ ...plan, seed: '12' }, '"seed" must be'],
  [{ ...plan, size: 0 }, '"size" must be an integer from 1 to 1000000, not "0"'],
  [{ ...plan, name: '' }, '"name" must be a text'],
  [{ ...plan, check: undefined }, '"check" must be a text'],
  [{ ...plan, faults: {} }, '"faults" must be a list of at most 10000 faults, not an object'],
  [{ ...plan, faults: [3] }, '"faults[0]" must be an object, not "3"'],
  [
    { ...plan, faults: [{ ...fault, at: 'relay' }] },
    '"faults[0].at" must be an address like "relay-1/bus.publish#2", not "relay"',
  ],
  [{ ...plan, faults: [{ ...fault, at: 'relay/x#0' }] }, '"faults[0].at" must be an address'],
  [{ ...plan, faults: [{ ...fault, kind: 'crash' }] }, '"faults[0].kind" must be one of crash-before, '],
  [{ ...plan, faults: [{ ...fault, ms: '5' }] }, '"faults[0].ms" must be a number of milliseconds'],
  [{ ...plan, faults: [{ ...fault, more: 1 }] }, 'it has "faults[0].more", which is not known'],
  [{ ...plan, faults: [fault, fault] }, '"faults[1].at" is "relay-1/bus.publish#2" once more'],
  [{ ...plan, command: 'rm' }, 'it has "command", which is not known'],
])('a plan that is wrong is refused by the value that is wrong: %j', (value, message) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  expect(() => parsePlan(text, 'fails/x.json')).toThrow(message);
  expect(() => parsePlan(text, 'fails/x.json')).toThrow('"fails/x.json" is no plan');
});
