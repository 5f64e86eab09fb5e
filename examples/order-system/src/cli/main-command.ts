import { resolve } from 'node:path';
import { auditFolder } from '../audit/audit-folder.ts';
import type { AuditReport } from '../audit/audit-report.ts';
import { GeneratedOrders } from '../orders-input/generated-orders.ts';
import type { BadLine } from '../orders-input/order-line.ts';
import type { OrderSource } from '../orders-input/order-source.ts';
import { OrdersFile } from '../orders-input/orders-file.ts';
import { UnreadableFileError } from '../orders-input/unreadable-file-error.ts';
import { DataFolder } from '../run/data-folder.ts';
import { FolderRefusedError } from '../run/folder-refused-error.ts';
import type { RunStatus } from '../run/run-options.ts';
import { runOrderSystem } from '../run/run-order-system.ts';
import { auditTable } from './audit-table.ts';
import { type Command, DEFAULT_SEED } from './command.ts';
import { describeEvent } from './describe-event.ts';
import { endingsTable } from './endings-table.ts';
import { Progress, type ProgressStream } from './progress.ts';
import { UsageError } from './usage-error.ts';

export interface Streams {
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
}

type RunCommand = Extract<Command, { kind: 'run' }>;

/** Does what the command says, and shows it. Returns the audit's result. */
export class MainCommand {
  readonly #streams: Streams;
  readonly #signal: AbortSignal;

  constructor(streams: Streams, signal: AbortSignal) {
    this.#streams = streams;
    this.#signal = signal;
  }

  /** @throws UsageError before anything was done */
  async run(command: RunCommand): Promise<AuditReport> {
    const progress = new Progress(command.json ? this.#streams.stderr : this.#streams.stdout);
    try {
      const source = await this.#source(command, progress);
      const report = await this.#runIn(command, source, progress);
      this.#report(report, command.json);
      return report;
    } finally {
      progress.end();
    }
  }

  /** @throws UsageError when the folder holds no finished run */
  async audit({ folder, json }: Extract<Command, { kind: 'audit' }>): Promise<AuditReport> {
    const report = await auditFolder(usable(() => DataFolder.ofEarlierRun(userPath(folder))));
    this.#report(report, json);
    return report;
  }

  async #runIn(command: RunCommand, source: OrderSource, progress: Progress): Promise<AuditReport> {
    const given = command.folder;
    const folder = usable(() => (given === null ? DataFolder.temporary() : DataFolder.forNewRun(userPath(given))));
    const fate = folder.isTemporary ? 'removed at the end' : 'they stay';
    progress.print(`Order system: ${source.name} over ${command.transport}; databases in ${folder.path} (${fate})\n`);
    try {
      const report = await runOrderSystem({
        source,
        transport: command.transport,
        folder,
        seed: 'seed' in command.orders ? command.orders.seed : DEFAULT_SEED,
        onEvent: (event) => {
          const text = describeEvent(event);
          if (text !== null) progress.line(text);
        },
        onStatus: (status) => progress.status(statusText(status)),
        onRejected: (line) => this.#reject(line, progress),
        signal: this.#signal,
      });
      progress.end();
      return report;
    } finally {
      folder.remove();
    }
  }

  async #source({ orders }: RunCommand, progress: Progress): Promise<OrderSource> {
    if ('seed' in orders) return new GeneratedOrders(orders);
    const path = userPath(orders.file);
    try {
      return await OrdersFile.read(path, {
        onRejected: (line) => this.#reject(line, progress),
        onProgress: (lines) => progress.status(`reading ${orders.file}: ${lines.toLocaleString('en')} lines`),
        signal: this.#signal,
      });
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      throw new UsageError(`"--orders ${orders.file}" cannot be used, because ${error.message}.`, { cause: error });
    }
  }

  #reject({ number, reason }: BadLine, progress: Progress): void {
    progress.print(`line ${number}: ${reason}\n`, this.#streams.stderr);
  }

  #report(report: AuditReport, json: boolean): void {
    const { stdout, stderr } = this.#streams;
    const forPeople = json ? stderr : stdout;
    forPeople.write(endingsTable(report.endings));
    forPeople.write(auditTable(report, forPeople));
    if (json) stdout.write(`${JSON.stringify(report)}\n`);
  }
}

function statusText({ offered, orderCount, applied, duplicates, sagas }: RunStatus): string {
  const consumers = applied.map(({ consumer, count }) => `${consumer} ${count.toLocaleString('en')}`);
  return [
    `orders ${offered.toLocaleString('en')}/${orderCount.toLocaleString('en')}`,
    `${sagas.running.toLocaleString('en')} under way, ${sagas.waiting.toLocaleString('en')} with a person`,
    ...consumers,
    `duplicates dropped ${duplicates.toLocaleString('en')}`,
  ].join(' · ');
}

/** `npm start` changes to the repository's folder; a path means the one where the user is. */
function userPath(path: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env;
  return resolve(script === 'start' && folder !== undefined ? folder : process.cwd(), path);
}

function usable(folder: () => DataFolder): DataFolder {
  try {
    return folder();
  } catch (error) {
    if (!(error instanceof FolderRefusedError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
