import { parseArgs } from 'node:util';
import { quoted } from '@holdfast/core';
import { TRANSPORT_NAMES, type TransportName } from '../transport/transport-name.ts';
import { type Command, DEFAULT_COUNTS, DEFAULT_SEED, MAX_COUNT } from './command.ts';
import { UsageError } from './usage-error.ts';

const OPTIONS = {
  orders: { type: 'string' },
  seed: { type: 'string' },
  count: { type: 'string' },
  transport: { type: 'string' },
  data: { type: 'string' },
  audit: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError that says what to do */
export function parseArguments(args: readonly string[]): Command {
  const { values, tokens } = parsed(args);
  const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`Option "--${twice}" is given twice. Give it once.`);
  const { orders, seed, count, transport, data, audit, json = false, help = false } = values;
  if (help) return { kind: 'help' };
  for (const [name, value] of Object.entries({ orders, data, audit })) {
    if (value === '')
      throw new UsageError(`Option "--${name}" is empty. Name a ${name === 'orders' ? 'file' : 'folder'}.`);
  }
  if (audit !== undefined) {
    exclusive('audit', { orders, seed, count, transport, data });
    return { kind: 'audit', folder: audit, json };
  }
  if (orders !== undefined) exclusive('orders', { seed, count });
  const name = transportName(transport);
  return {
    kind: 'run',
    orders:
      orders === undefined
        ? {
            seed: wholeNumber('seed', seed, { min: 0, max: 2 ** 31 - 1, default: DEFAULT_SEED }),
            count: wholeNumber('count', count, { min: 1, max: MAX_COUNT, default: DEFAULT_COUNTS[name] }),
          }
        : { file: orders },
    transport: name,
    folder: data ?? null,
    json,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, tokens: true });
  } catch (error) {
    // Its first sentence says what is wrong; the rest is about options that start with a dash.
    const [reason = ''] = error instanceof Error ? error.message.split('. ') : [];
    throw new UsageError(`${reason.replace(/\.$/, '')}.`, { cause: error });
  }
}

function exclusive(option: string, others: Readonly<Record<string, string | undefined>>): void {
  const other = Object.keys(others).find((name) => others[name] !== undefined);
  if (other !== undefined) throw new UsageError(`"--${option}" and "--${other}" exclude each other. Give one of them.`);
}

function transportName(text: string = TRANSPORT_NAMES[0]): TransportName {
  const name = TRANSPORT_NAMES.find((each) => each === text);
  if (name !== undefined) return name;
  throw new UsageError(`Option "--transport" is ${quoted(text)}. Give one of ${TRANSPORT_NAMES.join(', ')}.`);
}

interface WholeNumberRule {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

function wholeNumber(option: string, text: string | undefined, { min, max, ...rule }: WholeNumberRule): number {
  if (text === undefined) return rule.default;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`Option "--${option}" is ${quoted(text)}. Give a whole number from ${min} to ${max}.`);
}
