import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchArguments, benchArguments } from './harness/bench-arguments.ts';
import type { BenchContext, BenchSuite } from './harness/bench-row.ts';
import { BenchServers } from './harness/bench-servers.ts';
import { verdictOf } from './harness/line.ts';
import { type Machine, thisMachine } from './harness/machine.ts';
import { markdownReport, withTable } from './harness/markdown-report.ts';
import { type RowReport, runSuite } from './harness/run-suite.ts';
import { textReport } from './harness/text-report.ts';

/** Every suite in its own folder, loaded when asked for: each brings its own drivers. */
const suites: Readonly<Record<string, () => Promise<BenchSuite>>> = {
  inbox: async () => (await import('./inbox/suite.ts')).inboxSuite,
  outbox: async () => (await import('./outbox/suite.ts')).outboxSuite,
  saga: async () => (await import('./saga/suite.ts')).sagaSuite,
  transports: async () => (await import('./transports/suite.ts')).transportsSuite,
};

const documentPath = join(import.meta.dirname, '../../docs/benchmarks.md');

async function main(): Promise<void> {
  const args = benchArguments(process.argv.slice(2));
  const names = args.suites.length === 0 ? Object.keys(suites) : args.suites;
  const servers = new BenchServers(args.postgres);
  const context: BenchContext = {
    ...args,
    warmUps: args.quick ? 0 : 1,
    postgres: () => servers.postgres(),
    ownPostgres: (settings) => servers.ownPostgres(settings),
    rabbitmq: () => servers.rabbitmq(),
    sqs: () => servers.sqs(),
  };
  try {
    for (const name of names) {
      const reports = await runSuite(await suiteNamed(name), {
        context,
        only: args.only,
        onBegin: (row) => process.stderr.write(`… ${row}\n`),
        onRow: (report) => args.output === 'text' && process.stdout.write(`${textReport(report)}\n`),
        onFailure: (row, error) => fail(`${row}: ${textOf(error)}`),
        judge: !args.quick,
      });
      const on = { ...thisMachine(), servers: await servers.names() };
      publish(reports, { args, name, on });
    }
  } finally {
    await servers.stop();
  }
}

async function suiteNamed(name: string): Promise<BenchSuite> {
  const load = suites[name];
  if (load === undefined) throw new Error(`There is no suite "${name}": there are ${Object.keys(suites).join(', ')}.`);
  return load();
}

interface Run {
  readonly args: BenchArguments;
  readonly name: string;
  readonly on: Machine & { readonly servers: readonly string[] };
}

function publish(reports: readonly RowReport[], { args, name, on }: Run): void {
  const { quick, rounds } = args;
  if (args.output === 'json') {
    process.stdout.write(`${JSON.stringify({ suite: name, machine: on, quick, rounds, rows: reports }, null, 2)}\n`);
  } else if (args.output === 'markdown') {
    const machine = `${on.cores} cores (${on.cpu}), ${on.memoryGib} GiB, ${on.platform}`;
    const software = [`Node ${on.node}`, ...on.servers].join(', ');
    const table = `Measured on ${machine}, ${software}; ${rounds} rounds.\n\n${markdownReport(reports)}`;
    writeFileSync(documentPath, withTable(readFileSync(documentPath, 'utf8'), name, table));
  } else if (!quick) {
    process.stdout.write(`${closingLine(reports)}\n`);
  }
}

function closingLine(reports: readonly RowReport[]): string {
  const verdicts = reports.flatMap(({ lines }) => lines.flatMap(({ checks }) => checks.map(verdictOf)));
  const count = (wanted: string) => verdicts.filter((verdict) => verdict === wanted).length;
  return `${count('pass')} targets reached, ${count('miss')} missed.`;
}

function fail(problem: string): void {
  process.stderr.write(`holdfast: ${problem}\n`);
  process.exitCode = 1;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  await main();
} catch (error) {
  fail(textOf(error));
}
