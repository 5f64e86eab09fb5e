import type { FailedMigration, MigrationReport } from './migration.ts';

const MAX_FAILURES = 100;

/** What one transaction of a migration did. */
export interface MigratedChunk {
  readonly moves: readonly { readonly from: string; readonly to: string }[];
  readonly sent: number;
  readonly skipped: number;
  readonly failures: readonly FailedMigration[];
}

/** Adds up what a migration's transactions did. */
export class MigrationTally {
  readonly #moves = new Map<string, { readonly from: string; readonly to: string; readonly instances: number }>();
  readonly #failures: FailedMigration[] = [];
  #migrated = 0;
  #failed = 0;
  #skipped = 0;
  #sent = 0;

  get migrated(): number {
    return this.#migrated;
  }

  add({ moves, sent, skipped, failures }: MigratedChunk): void {
    for (const { from, to } of moves) {
      const text = JSON.stringify([from, to]);
      const instances = (this.#moves.get(text)?.instances ?? 0) + 1;
      this.#moves.set(text, { from, to, instances });
    }
    this.#migrated += moves.length;
    this.#failed += failures.length;
    this.#skipped += skipped;
    this.#sent += sent;
    this.#failures.push(...failures.slice(0, MAX_FAILURES - this.#failures.length));
  }

  report(isDryRun: boolean, left: MigrationReport['left']): MigrationReport {
    return {
      isDryRun,
      migrated: this.#migrated,
      moves: [...this.#moves.values()],
      sent: this.#sent,
      skipped: this.#skipped,
      failed: this.#failed,
      failures: this.#failures,
      left,
    };
  }
}
