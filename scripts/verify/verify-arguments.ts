import { parseArgs } from 'node:util';

export interface VerifyArguments {
  readonly only: readonly string[];
  readonly filters: readonly string[];
}

/** The arguments are wrong; the message says how they should be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The stages that a file filter means something to. */
const testStages = ['unit', 'sim', 'real', 'crash'];

/**
 * `--only unit,lint` picks stages; every other argument is a file filter for vitest, and alone it picks the stages with tests.
 * @throws UsageError for an unknown option or stage
 */
export function parseVerifyArguments(argv: readonly string[], stages: readonly string[]): VerifyArguments {
  const { only, filters } = parse(argv);
  const unknown = only.find((name) => !stages.includes(name));
  if (unknown !== undefined) throw new UsageError(`There is no stage "${unknown}".\n${usage(stages)}`);
  if (only.length > 0) return { only, filters };
  return { only: filters.length > 0 ? testStages : stages, filters };

  function parse(args: readonly string[]): VerifyArguments {
    try {
      const { values, positionals } = parseArgs({
        args: [...args],
        options: { only: { type: 'string', multiple: true } },
        allowPositionals: true,
      });
      return { only: (values.only ?? []).flatMap((list) => list.split(',')), filters: positionals };
    } catch (error) {
      throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage(stages)}`);
    }
  }
}

function usage(stages: readonly string[]): string {
  return `Usage: npm test [-- [--only STAGE,...] [FILE FILTER...]]\nStages: ${stages.join(', ')}`;
}
