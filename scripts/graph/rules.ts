/** Which @holdfast packages a package may depend on. A package that is missing here fails the check. */
export const allowedDependencies: Readonly<Record<string, readonly string[]>> = {
  core: [],
  sql: ['core'],
  transports: ['core', 'sql'],
  outbox: ['core', 'sql'],
  'inbox-dedup': ['core', 'sql'],
  testkit: ['core', 'sql', 'transports'],
  saga: ['core', 'sql'],
  'drain-controller': ['core', 'sql'],
};

/** Third-party packages that are interfaces rather than helpers: any number of files may import them. */
export const interfacePackages: readonly string[] = ['@opentelemetry/api', '@standard-schema/spec'];

/** core decides and does no I/O, so these modules of Node are closed to it. */
export const ioModules: readonly string[] = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'net',
  'readline',
  'sqlite',
  'tls',
  'worker_threads',
];

export const maxSourceLines = 300;

/** Source files that may be longer, each with the reason. */
export const longFiles: Readonly<Record<string, string>> = {};

/** Everything runs under a simulator, so time and chance come through the ports Clock, Ids and Random of core. */
export const timeAndChance =
  /\bnew Date\(\)|\b(?:Date\.now|performance\.now|Math\.random|randomUUID|setTimeout|setInterval)(?=\()/;

/** Source files that may ask the machine for time or chance, each with the reason. Test kits (`testing/`) always may. */
export const nearTheMachine: Readonly<Record<string, string>> = {
  'packages/core/src/chance/system-random.ts': 'implements Random',
  'packages/core/src/time/system-clock.ts': 'implements Clock',
  'packages/core/src/loop/loop.ts': 'keeps the process alive; nothing depends on when it fires',
  'packages/sql/src/pg/pg-listener.ts': 'a network timeout',
  'packages/sql/src/pg/pg-session.ts': 'a network timeout',
  'packages/testkit/src/guard/virtual-timers.ts': 'puts virtual timers in the place of those of Node',
  'packages/outbox/src/relay/relay.ts': 'a name that only has to be unique',
};
