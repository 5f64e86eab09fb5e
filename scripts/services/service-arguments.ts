/** A service that a program wants to be told of in an environment variable. */
export type ProgramService = 'rabbitmq' | 'sqs';

/** Which service `--transport NAME` needs, and the variable in which the program looks for its URL. */
const transports: Readonly<Record<string, { readonly service: ProgramService; readonly variable: string }>> = {
  amqp: { service: 'rabbitmq', variable: 'HOLDFAST_AMQP_URL' },
  sqs: { service: 'sqs', variable: 'HOLDFAST_SQS_URL' },
};

/** The service that a program with these arguments needs and the environment does not name. */
export function serviceFor(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { readonly service: ProgramService; readonly variable: string } | undefined {
  const wanted = transports[transportOf(args) ?? ''];
  if (wanted === undefined || args.includes('--help') || args.includes('-h')) return undefined;
  return (env[wanted.variable] ?? '') === '' ? wanted : undefined;
}

function transportOf(args: readonly string[]): string | undefined {
  const at = args.findLastIndex((arg) => arg === '--transport' || arg.startsWith('--transport='));
  const arg = args[at];
  return arg === undefined || arg === '--transport' ? args[at + 1] : arg.slice('--transport='.length);
}
