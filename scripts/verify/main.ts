import { closingLine, isSuccess } from './closing-line.ts';
import { endWithCallers } from './end-with-callers.ts';
import { runStages } from './run-stages.ts';
import { stages } from './stages.ts';
import { parseVerifyArguments, UsageError } from './verify-arguments.ts';

async function main(): Promise<number> {
  const names = stages.map(({ name }) => name);
  const { only, filters } = parseVerifyArguments(process.argv.slice(2), names);
  endWithCallers();
  const tallies = await runStages(
    stages.filter(({ name }) => only.includes(name)),
    { filters },
  );
  console.log(`\n${closingLine(tallies)}`);
  return isSuccess(tallies) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
