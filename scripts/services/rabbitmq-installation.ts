import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { progress } from '../bootstrap/progress.mjs';
import { canUseAptGet, installByAptGet, isAptGetBusy } from './apt-get.ts';

/** Debian's commands in `/usr/sbin` change the user to `rabbitmq`; those that they call do not. */
const usualFolders = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin', '/usr/local/opt/rabbitmq/sbin'];

/** The folder with `rabbitmq-server` and `rabbitmqctl`, or nothing when RabbitMQ is not on this machine. */
export function rabbitmqFolder(folders = searchedFolders()): string | undefined {
  return folders.find((folder) => existsSync(join(folder, 'rabbitmq-server')));
}

/**
 * Makes sure that RabbitMQ is on this machine: installs it where that needs nobody's consent (root on Debian or Ubuntu).
 * @throws Error that says how to get it
 */
export async function installRabbitmq(folders = searchedFolders()): Promise<void> {
  const isThere = (): boolean => rabbitmqFolder(folders) !== undefined;
  if (isThere() && !isAptGetBusy()) return;
  if (!canUseAptGet()) throw new Error(howToGetIt());
  progress('installing RabbitMQ (apt-get install rabbitmq-server), once; this takes a minute or two');
  try {
    await installByAptGet('rabbitmq-server');
  } catch (error) {
    throw new Error(`${howToGetIt()}\n${error instanceof Error ? error.message : error}`, { cause: error });
  }
  if (!isThere()) throw new Error(howToGetIt());
}

function searchedFolders(): readonly string[] {
  return [...usualFolders, ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')];
}

function howToGetIt(): string {
  return [
    'RabbitMQ is not on this machine. Install it, or name one that runs in HOLDFAST_TEST_AMQP_URL (tests) or HOLDFAST_AMQP_URL (npm start):',
    '  Debian, Ubuntu:  sudo apt-get install --no-install-recommends rabbitmq-server',
    '  macOS:           brew install rabbitmq',
    '  Docker:          docker compose up --wait rabbitmq',
    '                   export HOLDFAST_TEST_AMQP_URL=amqp://guest:guest@127.0.0.1:5672',
  ].join('\n');
}
