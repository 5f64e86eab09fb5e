import { constants } from 'node:os';
import { summarizeError } from '@holdfast/core';
import { stopSignal } from '../src/cli/stop-signal.ts';
import { UsageError } from '../src/cli/usage-error.ts';
import { simulateArguments } from './command/simulate-arguments.ts';
import { SimulateCommand } from './command/simulate-command.ts';
import { USAGE } from './command/simulate-usage.ts';

const stop = stopSignal();
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const command = simulateArguments(args);
    if (command === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    const result = await new SimulateCommand(command, process).run(stop);
    if (result === 'stopped') return 128 + constants.signals[stop.reason as NodeJS.Signals];
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
