import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { quoted } from '@holdfast/core';
import { profiles } from '@holdfast/testkit';
import { UsageError } from '../../src/cli/usage-error.ts';
import { DEFAULT_ORDERS, type ProfileName } from '../order-flow.ts';

export interface SimulateArguments {
  readonly minutes: number | null;
  readonly seeds: number | null;
  readonly firstSeed: number;
  readonly seed: number | null;
  /** A file with a plan. */
  readonly replay: string | null;
  readonly sweep: boolean;
  /** Kinds of brokers, which share the seeds; `null`: all, or the one of the plan that is replayed. */
  readonly profiles: readonly ProfileName[] | null;
  readonly orders: number;
  readonly repeat: number;
  readonly workers: number;
  readonly json: string | null;
}

export const ALL_PROFILES = Object.keys(profiles) as readonly ProfileName[];

const OPTIONS = {
  minutes: { type: 'string' },
  seeds: { type: 'string' },
  'first-seed': { type: 'string' },
  seed: { type: 'string' },
  replay: { type: 'string' },
  sweep: { type: 'boolean' },
  profile: { type: 'string' },
  orders: { type: 'string' },
  repeat: { type: 'string' },
  workers: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Option = keyof typeof OPTIONS;

/** What says which runs there are excludes what else does. */
const EXCLUSIVE: readonly (readonly [Option, readonly Option[]])[] = [
  ['replay', ['minutes', 'seeds', 'first-seed', 'seed', 'sweep', 'repeat', 'orders']],
  ['sweep', ['minutes', 'seeds', 'first-seed', 'repeat']],
  ['seed', ['minutes', 'seeds', 'first-seed']],
];

const MOST_SEED = 2 ** 32 - 1;
const DEFAULT_SEEDS = 2_000;

/** `null`: help is asked for. @throws UsageError that says what to do */
export function simulateArguments(args: readonly string[]): SimulateArguments | null {
  const { help, ...values } = parsed(args);
  if (help === true) return null;
  const { sweep = false, replay = null, json = null, profile = 'all' } = values;
  for (const [name, value] of Object.entries({ replay, json })) {
    if (value === '') throw new UsageError(`Option "--${name}" is empty. Name a file.`);
  }
  const minutes = number('minutes', values.minutes, { min: 0.001, max: 100_000, default: null });
  const seed = whole('seed', values.seed, { min: 0, max: MOST_SEED, default: null });
  const isOne = replay !== null || (seed !== null && !sweep);
  const usual = minutes === null ? DEFAULT_SEEDS : null;
  const workers = whole('workers', values.workers, { min: 1, max: 1_024, default: availableParallelism() });
  return {
    minutes,
    seeds: whole('seeds', values.seeds, { min: 1, max: MOST_SEED, default: usual }),
    firstSeed: whole('first-seed', values['first-seed'], { min: 0, max: MOST_SEED, default: 1 }),
    seed,
    replay,
    sweep,
    profiles: profile === 'all' ? null : [profileName(profile)],
    orders: whole('orders', values.orders, { min: 1, max: 1_000, default: DEFAULT_ORDERS }),
    repeat: isOne ? 1 : number('repeat', values.repeat, { min: 0, max: 1, default: 0.1 }),
    workers: isOne ? 1 : workers,
    json,
  };
}

function parsed(args: readonly string[]) {
  const { values, tokens } = understood(args);
  const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`Option "--${twice}" is given twice. Give it once.`);
  for (const [option, others] of EXCLUSIVE) {
    const other = others.find((name) => values[option] !== undefined && values[name] !== undefined);
    if (other !== undefined) {
      throw new UsageError(`"--${option}" and "--${other}" exclude each other. Give one of them.`);
    }
  }
  return values;
}

function understood(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, tokens: true });
  } catch (error) {
    // Its first sentence says what is wrong; the rest is about options that start with a dash.
    const [reason = ''] = error instanceof Error ? error.message.split('. ') : [];
    throw new UsageError(`${reason.replace(/\.$/, '')}.`, { cause: error });
  }
}

function profileName(text: string): ProfileName {
  if (Object.hasOwn(profiles, text)) return text as ProfileName;
  throw new UsageError(`Option "--profile" is ${quoted(text)}. Give one of ${ALL_PROFILES.join(', ')}, or all.`);
}

interface NumberRule<Default> {
  readonly min: number;
  readonly max: number;
  readonly default: Default;
}

function whole<Default extends number | null>(option: string, text: string | undefined, rule: NumberRule<Default>) {
  const value = number(option, text, rule);
  if (value === null || Number.isInteger(value)) return value;
  throw new UsageError(`Option "--${option}" is ${quoted(text ?? '')}. Give a whole number.`);
}

function number<Default extends number | null>(
  option: string,
  text: string | undefined,
  { min, max, ...rule }: NumberRule<Default>,
): number | Default {
  if (text === undefined) return rule.default;
  const value = /^\d{1,12}(\.\d{1,12})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`Option "--${option}" is ${quoted(text)}. Give a number from ${min} to ${max}.`);
}
