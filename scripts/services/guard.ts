import { createInterface } from 'node:readline';
import type { GuardCommand, GuardedServer, GuardReply } from './guarded-server.ts';
import { createPostgresServer } from './postgres-server.ts';
import { createRabbitmqServer } from './rabbitmq-server.ts';
import { createSqsServer } from './sqs-server.ts';

// The guard owns one server. It lives in its own process group and ends the server when its stdin closes, which happens
// however the asking process ends: normally, by Ctrl-C, by a crash or by SIGKILL.

const factories: Readonly<Record<string, (options: unknown) => Promise<GuardedServer>>> = {
  postgres: createPostgresServer,
  rabbitmq: createRabbitmqServer,
  sqs: createSqsServer,
};

const [service = '', options = '{}'] = process.argv.slice(2);

async function main(): Promise<void> {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => process.stdin.destroy());
  process.on('SIGHUP', () => {});
  process.stdout.on('error', () => {});
  const create = factories[service];
  if (create === undefined)
    throw new Error(`Unknown service "${service}": use one of "${Object.keys(factories).join('", "')}".`);
  const server = await create(JSON.parse(options));
  try {
    await serve(server);
  } finally {
    await server.stop('immediate');
    await server.wipe();
  }
}

async function serve(server: GuardedServer): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    reply(await execute(server, JSON.parse(line)));
  }
}

async function execute(server: GuardedServer, command: GuardCommand): Promise<GuardReply> {
  try {
    if (command.command === 'start') return { ok: true, info: await server.start() };
    await server.stop(command.mode);
    return { ok: true };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

function reply(message: GuardReply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

await main();
