import { constants } from 'node:os';
import { summarizeError } from '@holdfast/core';
import { UsageError } from '../src/cli/usage-error.ts';
import { simulateArguments } from './command/simulate-arguments.ts';
import { SimulateCommand } from './command/simulate-command.ts';
import { USAGE } from './command/simulate-usage.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A second one ends the process at once: the handler is gone by then.
  process.once(signal, () => stop.abort(signal));
}
process.stdout.on('error', () => stop.abort('SIGPIPE'));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const command = simulateArguments(args);
    if (command === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    const result = await new SimulateCommand(command, process).run(stop.signal);
    if (result === 'stopped') return 128 + constants.signals[stop.signal.reason as NodeJS.Signals];
    return result === 'passed' ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    process.stderr.write(`The simulation failed. ${summarizeError(error)}\n`);
    return 1;
  }
}
