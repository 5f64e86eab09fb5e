import { progress } from '../bootstrap/progress.mjs';
import { runProgram } from '../bootstrap/run-program.mjs';
import { startRabbitmq } from './rabbitmq.ts';
import { type ProgramService, serviceFor } from './service-arguments.ts';
import { startSqs } from './sqs.ts';

// `run-with-services.ts SCRIPT ARGS…`: runs the script, with the service that its arguments need, and ends that whatever happens.

interface Started {
  readonly url: string;
  stop(): Promise<void>;
}

const starters: Readonly<Record<ProgramService, { readonly title: string; start(): Promise<Started> }>> = {
  rabbitmq: { title: 'RabbitMQ', start: () => startRabbitmq({ own: true }) },
  sqs: { title: 'an emulator of SQS and SNS', start: () => startSqs({ own: true }) },
};

const program = process.argv.slice(2);
process.exitCode = await main();

async function main(): Promise<number> {
  const wanted = serviceFor(program.slice(1), process.env);
  if (wanted === undefined) return runProgram(program);
  const { title, start } = starters[wanted.service];
  progress(`starting ${title} for this run`);
  const service = await startOrExplain(start);
  if (service === undefined) return 1;
  try {
    process.env[wanted.variable] = service.url;
    return await runProgram(program);
  } finally {
    await service.stop();
  }
}

async function startOrExplain(start: () => Promise<Started>): Promise<Started | undefined> {
  try {
    return await start();
  } catch (error) {
    process.stderr.write(`holdfast: ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}
