import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where one broker of ours listens and lives. */
export interface RabbitmqPlace {
  readonly folder: string;
  readonly nodeName: string;
  /** The port over which `rabbitmqctl` talks to the broker. */
  readonly distributionPort: number;
  /** The port of the name server (epmd) that belongs to this broker alone. */
  readonly epmdPort: number;
}

const onLoopback = '-kernel inet_dist_use_interface {127,0,0,1}';
/** A few threads that sleep when there is nothing to do: a test machine has few processors, and others work on them. */
const fewThreads = '+S 2:2 +SDcpu 1:1 +SDio 2 +A 2 +sbwt none +sbwtdcpu none +sbwtdio none';

/** The environment in which the broker and its `rabbitmqctl` use our folder and ports only, and no file of the machine's own broker. */
export function rabbitmqEnvironment(place: RabbitmqPlace): NodeJS.ProcessEnv {
  const { folder, nodeName, distributionPort, epmdPort } = place;
  return {
    PATH: process.env['PATH'] ?? '',
    LC_ALL: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_CRASH_DUMP_SECONDS: '0',
    RABBITMQ_ALLOW_INPUT: 'true',
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_START_ARGS: '-noinput -start_epmd false',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${fewThreads} ${onLoopback}`,
    RABBITMQ_CTL_ERL_ARGS: `+S 1:1 ${onLoopback}`,
  };
}

/** Writes the files that the environment names. `settings` are lines of rabbitmq.conf over ours. */
export function writeRabbitmqFiles(folder: string, cookie: string, settings: Readonly<Record<string, string>>): void {
  for (const name of ['data', 'log', 'config']) mkdirSync(join(folder, name), { recursive: true });
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(folder, 'rabbitmq.conf'), lines.join(''), { mode: 0o600 });
  writeFileSync(join(folder, 'rabbitmq-env.conf'), '');
  writeFileSync(join(folder, 'advanced.config'), '[].\n');
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
  writeFileSync(join(folder, '.erlang.cookie'), cookie, { mode: 0o400 });
}
