import { quoted } from '@holdfast/core';
import { type Fault, type FaultKind, faultKinds } from '../faults/fault.ts';
import { MOST_LABEL, MOST_PLACE } from '../kernel/site-counts.ts';
import type { FaultPlan } from './fault-plan.ts';
import { InvalidPlanError } from './invalid-plan-error.ts';
import { PLAN_FORMAT, type SavedPlan } from './saved-plan.ts';

interface FieldRule {
  readonly name: string;
  /** What its value must be, in words. */
  readonly words: string;
  fits(value: unknown): boolean;
}

const MOST_FAULTS = 10_000;
const MOST_MS = 1e12;
const MOST_SEED = 2 ** 32 - 1;
const addressPattern = new RegExp(`^[^/]{1,${MOST_PLACE}}/[^]{1,${MOST_LABEL}}#[1-9]\\d{0,9}$`);

const planRules: readonly FieldRule[] = [
  { name: 'format', words: `${PLAN_FORMAT}, which this version reads`, fits: (value) => value === PLAN_FORMAT },
  { name: 'name', words: 'a text of 1 to 128 characters', fits: (value) => isText(value, 128) },
  { name: 'check', words: 'a text of 1 to 512 characters', fits: (value) => isText(value, 512) },
  { name: 'seed', words: `an integer from 0 to ${MOST_SEED}`, fits: (value) => isInteger(value, 0, MOST_SEED) },
  {
    name: 'size',
    words: 'an integer from 1 to 1000000',
    fits: (value) => value === undefined || isInteger(value, 1, 1_000_000),
  },
  {
    name: 'faults',
    words: `a list of at most ${MOST_FAULTS} faults`,
    fits: (value) => Array.isArray(value) && value.length <= MOST_FAULTS,
  },
];

const faultRules: readonly FieldRule[] = [
  {
    name: 'at',
    words: 'an address like "relay-1/bus.publish#2"',
    fits: (value) => typeof value === 'string' && addressPattern.test(value),
  },
  {
    name: 'kind',
    words: `one of ${faultKinds.join(', ')}`,
    fits: (value) => faultKinds.includes(value as FaultKind),
  },
  {
    name: 'ms',
    words: `a number of milliseconds from -${MOST_MS} to ${MOST_MS}`,
    fits: (value) => value === undefined || (typeof value === 'number' && Math.abs(value) <= MOST_MS),
  },
];

/** Reads a plan from the text of a file. @throws InvalidPlanError which names the value that is wrong */
export function parsePlan(text: string, path: string): SavedPlan {
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch {
    throw new InvalidPlanError(path, 'it is not JSON.');
  }
  const problem = fieldProblem(plan, planRules) ?? faultsProblem((plan as SavedPlan).faults);
  if (problem !== null) throw new InvalidPlanError(path, problem);
  return plan as SavedPlan;
}

const namesOfRun: ReadonlySet<string> = new Set(['seed', 'size', 'faults']);
const runRules = planRules.filter(({ name }) => namesOfRun.has(name));

/** Looks at a plan that no file holds. @throws InvalidPlanError which names the value that is wrong */
export function checkPlan(plan: FaultPlan, place: string): void {
  const known = isRecord(plan) ? Object.fromEntries(runRules.map(({ name }) => [name, Reflect.get(plan, name)])) : plan;
  const problem = fieldProblem(known, runRules) ?? faultsProblem(plan.faults);
  if (problem !== null) throw new InvalidPlanError(place, problem);
}

function faultsProblem(faults: readonly unknown[]): string | null {
  const addresses = new Set<string>();
  for (const [index, fault] of faults.entries()) {
    const problem = fieldProblem(fault, faultRules, `faults[${index}]`);
    if (problem !== null) return problem;
    const { at } = fault as Fault;
    if (addresses.has(at)) return `"faults[${index}].at" is ${shown(at)} once more; one address has one fault.`;
    addresses.add(at);
  }
  return null;
}

function fieldProblem(record: unknown, rules: readonly FieldRule[], place?: string): string | null {
  if (!isRecord(record)) return `${quoted(place ?? 'it')} must be an object, not ${shown(record)}.`;
  const prefix = place === undefined ? '' : `${place}.`;
  const wrong = rules.find(({ name, fits }) => !fits(record[name]));
  if (wrong !== undefined) return `"${prefix}${wrong.name}" must be ${wrong.words}, not ${shown(record[wrong.name])}.`;
  const unknown = Object.keys(record).find((key) => rules.every(({ name }) => name !== key));
  return unknown === undefined ? null : `it has ${quoted(`${prefix}${unknown}`)}, which is not known.`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, most: number): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= most;
}

function isInteger(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  }
  return quoted(String(value));
}
