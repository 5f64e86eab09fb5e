import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { familyCpuMicros } from '../src/harness/family-cpu.ts';
import { parseProcessStat } from '../src/harness/process-stat.ts';

const line = (pid: number, parent: number, [user, system, endedUser, endedSystem]: readonly number[]) =>
  `${pid} (postgres: a (b) c) S ${parent} 1 1 0 -1 4194560 100 0 0 0 ${user} ${system} ${endedUser} ${endedSystem} 20 0 1 0 1 1 1 1`;

let proc: string;

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'bench-proc-'));
});

afterEach(() => rmSync(proc, { recursive: true }));

function add(pid: number, files: Readonly<Record<string, string>>, threads = 1): void {
  for (let thread = 0; thread < threads; thread += 1) {
    mkdirSync(join(proc, String(pid), 'task', String(pid + thread)), { recursive: true });
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(proc, String(pid), name), text);
}

test('a name with spaces and parentheses does not shift the fields', () => {
  expect(parseProcessStat(line(12, 3, [40, 2, 5, 6]))).toEqual({
    pid: 12,
    parent: 3,
    ticks: 42,
    endedChildrenTicks: 11,
  });
});

test('text that is not of /proc is refused', () => {
  expect(() => parseProcessStat('')).toThrow(TypeError);
  expect(() => parseProcessStat('12 (postgres) S')).toThrow(TypeError);
});

test('a family is the parent, its living children, and those that have ended; nobody else', () => {
  add(100, { stat: line(100, 1, [1, 1, 10, 10]) });
  add(101, { stat: line(101, 100, [3, 0, 0, 0]), schedstat: '5000000 7 8\n' });
  add(102, { stat: line(102, 100, [3, 1, 0, 0]) });
  add(200, { stat: line(200, 1, [99, 99, 99, 99]) });
  mkdirSync(join(proc, 'self'));
  // 20 ms of the parent, 200 ms of ended children, 5 ms by schedstat, 40 ms by ticks.
  expect(familyCpuMicros(100, { path: proc })).toBe(265_000);
});

test('a process of several threads counts all of them', () => {
  add(100, { stat: line(100, 1, [30, 5, 0, 0]), schedstat: '5000000 7 8\n' }, 4);
  expect(familyCpuMicros(100, { path: proc })).toBe(350_000);
});

test('a process that is not there has no CPU to tell', () => {
  expect(familyCpuMicros(100, { path: proc })).toBeNull();
});
