import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import { startRabbitmq } from './rabbitmq.ts';
import { startSqs } from './sqs.ts';

interface Started {
  readonly url: string;
  stop(): Promise<void>;
}

interface SharedService {
  /** The environment variables that tell the tests where it is. */
  readonly variables: readonly string[];
  /** Not every run pays for a broker: it starts when a selected test file has its name in its path. */
  readonly wantedBy: RegExp;
  start(): Promise<Started>;
}

const services: readonly SharedService[] = [
  { variables: ['HOLDFAST_TEST_PG15_URL'], wantedBy: /./, start: () => startPostgres({ major: 15 }) },
  {
    variables: ['HOLDFAST_TEST_PG18_URL', 'HOLDFAST_TEST_PG_URL'],
    wantedBy: /./,
    start: () => startPostgres({ major: 18 }),
  },
  { variables: ['HOLDFAST_TEST_AMQP_URL'], wantedBy: /amqp|rabbitmq/i, start: () => startRabbitmq() },
  { variables: ['HOLDFAST_TEST_SQS_URL'], wantedBy: /sqs|sns/i, start: () => startSqs() },
];

/** Real servers for the projects `real` and `crash`; those that the environment names are used as they are. */
export default async function setup({ vitest }: TestProject): Promise<() => Promise<void>> {
  const paths = vitest.state.getPaths();
  const wanted = services.filter(({ wantedBy }) => paths.some((path) => wantedBy.test(path)));
  const started = await Promise.all(wanted.map(startShared));
  return async () => {
    await Promise.all(started.map((service) => service.stop()));
  };
}

async function startShared({ variables, start }: SharedService): Promise<Started> {
  const service = await start();
  for (const variable of variables) process.env[variable] ??= service.url;
  return service;
}
