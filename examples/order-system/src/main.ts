import { constants } from 'node:os';
import { summarizeError } from '@holdfast/core';
import { MainCommand } from './cli/main-command.ts';
import { parseArguments } from './cli/parse-arguments.ts';
import { stopSignal } from './cli/stop-signal.ts';
import { USAGE } from './cli/usage.ts';
import { UsageError } from './cli/usage-error.ts';
import { TransportLostError } from './transport/transport-lost-error.ts';
import { TransportNotReadyError } from './transport/transport-not-ready-error.ts';

const stop = stopSignal();
// Not process.exit: that the process ends by itself shows that nothing was left running.
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseArguments(args);
    if (command.kind === 'help') {
      process.stdout.write(USAGE);
      return 0;
    }
    const main = new MainCommand(process, stop);
    const report = command.kind === 'audit' ? await main.audit(command) : await main.run(command);
    return report.ok ? 0 : 1;
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): number {
  if (stop.aborted) {
    const signal = stop.reason as NodeJS.Signals;
    process.stderr.write(`Stopped by ${signal}.\n`);
    return 128 + constants.signals[signal];
  }
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  const reason = isTransportError(error) ? error.message : summarizeError(error);
  process.stderr.write(`The run failed. ${reason}\n`);
  return 1;
}

/** Their messages say what to do, and are short enough. */
function isTransportError(error: unknown): error is Error {
  return error instanceof TransportNotReadyError || error instanceof TransportLostError;
}
