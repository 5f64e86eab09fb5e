import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { rabbitmqFolder } from './rabbitmq-installation.ts';

/**
 * Runs RabbitMQ's command line tool in the environment of one of our brokers. Resolves to what it printed.
 * @throws Error with what it printed when it fails
 */
export async function rabbitmqctl(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<string> {
  const program = join(rabbitmqFolder() ?? '', 'rabbitmqctl');
  const run = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], output, problem] = await Promise.all([once(run, 'close'), text(run.stdout), text(run.stderr)]);
  if (code !== 0) throw new Error(`rabbitmqctl ${args[0]} failed:\n${output}${problem}`);
  return output;
}
