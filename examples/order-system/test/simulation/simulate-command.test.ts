import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { simulateArguments } from '../../simulation/command/simulate-arguments.ts';
import { SimulateCommand, type SimulateResult } from '../../simulation/command/simulate-command.ts';

const PROGRAM = fileURLToPath(new URL('./told-share.ts', import.meta.url));

interface Ended {
  readonly result: SimulateResult;
  readonly data: Record<string, unknown>;
  readonly text: string;
}

/** A campaign whose processes do what they are told. */
async function campaign(parts: readonly string[], signal = new AbortController().signal): Promise<Ended> {
  const args = simulateArguments(['--workers', String(parts.length), '--json', '-']);
  if (args === null) throw new Error('help was asked for');
  const written = { stdout: '', stderr: '' };
  const streams = {
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
  };
  const command = new SimulateCommand({ ...args, replay: parts.join() }, streams, PROGRAM);
  const result = await command.run(signal);
  return { result, data: JSON.parse(written.stdout), text: written.stderr };
}

test('what processes have done is added up', async () => {
  const { result, data, text } = await campaign(['sees', 'ends']);
  expect(result).toBe('passed');
  expect(data).toMatchObject({
    seeds: 2_000,
    violations: 0,
    repeated: 20,
    virtualMs: 172_800_000,
    realMs: 1_000,
    faults: { kill: 14 },
    seen: { 'a rare thing': 1 },
    failureBound: 0.0015,
    memoryBytes: 2 ** 20 * 200,
    machine: { node: process.versions.node },
    result: 'passed',
    problems: [],
  });
  expect(text).toContain('simulation "order-flow": 0 violations in 2,000 seeds');
  expect(text).toMatch(/virtual time +2 days/);
  expect(text).toMatch(/memory +200 MiB at most/);
  expect(text).toContain(`Node ${process.versions.node}`);
});

test('one that finds a violation ends the others, and its report is shown after the figures', async () => {
  const { result, data, text } = await campaign(['waits', 'fails', 'waits']);
  expect(result).toBe('failed');
  expect(data).toMatchObject({ seeds: 3_000, violations: 1, failureBound: 1, result: 'failed' });
  expect(data['problems']).toEqual(['The simulation broke "a rule" (seed 7).']);
  expect(text).toMatch(/1 violation in 3,000 seeds[\s\S]*The simulation broke "a rule" \(seed 7\)\./);
});

test('one that dies fails the campaign and ends the others', async () => {
  const { result, data } = await campaign(['dies', 'waits']);
  expect(result).toBe('failed');
  expect(data).toMatchObject({ seeds: 1_000, problems: ['Process 1 of the simulation ended early, with SIGKILL.'] });
});

test('one that is stopped tells its figures so far', async () => {
  const stop = new AbortController();
  const ended = campaign(['waits', 'waits'], stop.signal);
  stop.abort('SIGINT');
  expect(await ended).toMatchObject({ result: 'stopped', data: { seeds: 2_000, result: 'stopped', problems: [] } });
});
