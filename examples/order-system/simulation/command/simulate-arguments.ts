import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { quoted } from '@holdfast/core';
import { profiles } from '@holdfast/testkit';
import { UsageError } from '../../src/cli/usage-error.ts';
import { DEFAULT_PROFILE, type ProfileName } from '../order-flow.ts';

export const USAGE = `Usage: npm run simulate -- [options]

Runs the whole order system in virtual time, seed after seed, with faults at every step, and checks after each run that nothing is lost,
paid twice or sold twice. Stops at the first violation, when the time or the seeds are over, or on Ctrl-C; with the figures so far each time.

  --minutes N      as many seeds as there is time for
  --seeds N        so many seeds (2,000 when there is no --minutes)
  --first-seed N   where to begin (1)
  --seed N         only this one
  --profile NAME   the broker: ${Object.keys(profiles).join(', ')} (${DEFAULT_PROFILE})
  --repeat N       which share of the seeds is run twice and must take the same course, 0 to 1 (0.1)
  --workers N      processes that share the seeds (one for each core)
  --json FILE      the figures for programs; "-" is the standard output
`;

export interface SimulateArguments {
  readonly minutes: number | null;
  readonly seeds: number | null;
  readonly firstSeed: number;
  readonly seed: number | null;
  readonly profile: ProfileName;
  readonly repeat: number;
  readonly workers: number;
  readonly json: string | null;
}

const OPTIONS = {
  minutes: { type: 'string' },
  seeds: { type: 'string' },
  'first-seed': { type: 'string' },
  seed: { type: 'string' },
  profile: { type: 'string' },
  repeat: { type: 'string' },
  workers: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const MOST_SEED = 2 ** 32 - 1;
const DEFAULT_SEEDS = 2_000;

/** `null`: help is asked for. @throws UsageError that says what to do */
export function simulateArguments(args: readonly string[]): SimulateArguments | null {
  const { help, ...values } = parsed(args);
  if (help === true) return null;
  const minutes = values.minutes === undefined ? null : number('minutes', values.minutes, { min: 0.001, max: 100_000 });
  const seed = values.seed === undefined ? null : whole('seed', values.seed, { min: 0, max: MOST_SEED });
  const usual = minutes === null ? DEFAULT_SEEDS : null;
  const workers =
    values.workers === undefined ? availableParallelism() : whole('workers', values.workers, { min: 1, max: 1_024 });
  return {
    minutes,
    seeds: values.seeds === undefined ? usual : whole('seeds', values.seeds, { min: 1, max: MOST_SEED }),
    firstSeed: whole('first-seed', values['first-seed'] ?? '1', { min: 0, max: MOST_SEED }),
    seed,
    profile: profileName(values.profile ?? DEFAULT_PROFILE),
    repeat: seed === null ? number('repeat', values.repeat ?? '0.1', { min: 0, max: 1 }) : 1,
    workers: seed === null ? workers : 1,
    json: values.json ?? null,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split('. ') : [];
    throw new UsageError(`${reason.replace(/\.$/, '')}.`, { cause: error });
  }
}

function profileName(text: string): ProfileName {
  if (Object.hasOwn(profiles, text)) return text as ProfileName;
  throw new UsageError(`Option "--profile" is ${quoted(text)}. Give one of ${Object.keys(profiles).join(', ')}.`);
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function whole(option: string, text: string, bounds: Bounds): number {
  const value = number(option, text, bounds);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`Option "--${option}" is ${quoted(text)}. Give a whole number.`);
}

function number(option: string, text: string, { min, max }: Bounds): number {
  const value = /^\d{1,12}(\.\d{1,12})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`Option "--${option}" is ${quoted(text)}. Give a number from ${min} to ${max}.`);
}
