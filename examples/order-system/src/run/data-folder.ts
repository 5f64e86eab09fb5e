import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Durability } from '../sqlite/open-database.ts';
import { FolderRefusedError } from './folder-refused-error.ts';

/** Where the services' databases are. */
export class DataFolder {
  readonly path: string;
  readonly isTemporary: boolean;

  private constructor(path: string, isTemporary: boolean) {
    this.path = path;
    this.isTemporary = isTemporary;
  }

  /** A folder that {@link remove} takes away. */
  static temporary(): DataFolder {
    return new DataFolder(mkdtempSync(join(tmpdir(), 'holdfast-orders-')), true);
  }

  /**
   * A folder that stays, made when its parent exists. It must not hold an earlier run: messages that the memory transport had then
   * are gone with its process, so going on would not be sound. @throws FolderRefusedError
   */
  static forNewRun(path: string): DataFolder {
    const folder = new DataFolder(path, false);
    try {
      if (!existsSync(path)) mkdirSync(path);
      // Fails when it exists: of two runs at once only one gets the folder.
      closeSync(openSync(folder.file('order'), 'wx'));
    } catch (error) {
      throw new FolderRefusedError(path, refusal(error), { cause: error });
    }
    return folder;
  }

  /** A folder that an earlier run has left. @throws FolderRefusedError */
  static ofEarlierRun(path: string): DataFolder {
    const folder = new DataFolder(path, false);
    const missing = SERVICES.find((service) => !existsSync(folder.file(service)));
    if (missing === undefined) return folder;
    throw new FolderRefusedError(path, `it holds no finished run (${missing}.sqlite3 is missing)`);
  }

  /** What commits in it outlive. A temporary one does not outlive the run, so nothing is gained by waiting for the disk. */
  get outlives(): Durability {
    return this.isTemporary ? 'process-end' : 'power-loss';
  }

  /** For a transport that keeps its messages in a file. */
  get brokerFile(): string {
    return join(this.path, 'broker.sqlite3');
  }

  file(service: ServiceName): string {
    return join(this.path, `${service}.sqlite3`);
  }

  /** Takes a temporary folder away. */
  remove(): void {
    if (this.isTemporary) rmSync(this.path, { recursive: true, force: true });
  }
}

/** What has a database: the services, the journal of the charges, and the provider, which is somebody else. */
export const SERVICES = [
  'order',
  'payment',
  'effects',
  'inventory',
  'delivery',
  'product',
  'notification',
  'analytics',
  'provider',
] as const;

/** The services with an outbox. */
export const SENDERS = [
  'order',
  'payment',
  'inventory',
  'delivery',
  'product',
] as const satisfies readonly ServiceName[];

export type ServiceName = (typeof SERVICES)[number];

function refusal(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'EEXIST') return 'it already holds a run (or is not a folder): name another one, or remove it';
  if (code === 'ENOENT') return 'its parent folder does not exist: make that first';
  return `it cannot be written (${code})`;
}
