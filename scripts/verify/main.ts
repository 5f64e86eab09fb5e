import { closingLine, isSuccess } from './closing-line.ts';
import { signalRunning } from './run-command.ts';
import { runStages } from './run-stages.ts';
import { stages } from './stages.ts';
import { parseVerifyArguments, UsageError } from './verify-arguments.ts';

const parentCheckMs = 500;

async function main(): Promise<number> {
  const names = stages.map(({ name }) => name);
  const { only, filters } = parseVerifyArguments(process.argv.slice(2), names);
  endWithParent();
  const tallies = await runStages(
    stages.filter(({ name }) => only.includes(name)),
    { filters },
  );
  console.log(`\n${closingLine(tallies)}`);
  return isSuccess(tallies) ? 0 : 1;
}

/** Tests must not go on when nobody reads their result: neither after a signal nor when the caller was killed. */
function endWithParent(): void {
  const parent = process.ppid;
  const end = (signal: NodeJS.Signals): void => {
    signalRunning(signal);
    process.exit(1);
  };
  process.on('SIGINT', () => end('SIGINT')).on('SIGTERM', () => end('SIGTERM'));
  setInterval(() => process.ppid !== parent && end('SIGTERM'), parentCheckMs).unref();
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
