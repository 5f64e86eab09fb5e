import { parseArgs } from 'node:util';

export interface BenchArguments {
  /** Names of suites; all when none is given. */
  readonly suites: readonly string[];
  /** Only rows whose name starts with one of these; all when none is given. */
  readonly only: readonly string[];
  readonly output: 'text' | 'json' | 'markdown';
  /** Small amounts and one round: shows that the rows run, and judges nothing. */
  readonly quick: boolean;
  /** Amounts that take many minutes and gigabytes as well. */
  readonly large: boolean;
  readonly rounds: number;
  readonly postgres: 15 | 18;
}

/** @throws Error that says what is wrong, in words for the command line */
export function benchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      pg: { type: 'string', default: '15' },
    },
  });
  if (values.json && values.markdown) throw new Error('"--json" and "--markdown" exclude each other: leave one out.');
  if (values.quick && values.markdown) throw new Error('"--quick" measures nothing worth publishing: leave it out.');
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`"--rounds" is "${values.rounds}": give a number from 1.`);
  if (values.pg !== '15' && values.pg !== '18') throw new Error(`"--pg" is "${values.pg}": give 15 or 18.`);
  return {
    suites: positionals,
    only: values.only.flatMap((names) => names.split(',')),
    output: values.json ? 'json' : values.markdown ? 'markdown' : 'text',
    quick: values.quick,
    large: values.large,
    rounds,
    postgres: values.pg === '15' ? 15 : 18,
  };
}
