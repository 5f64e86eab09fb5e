/** An instance before its migration. */
export interface MigratedInstance {
  readonly key: string;
  readonly state: string;
}

/** Where an instance goes, or `null`: it is left as it is. Synchronous and pure. `data` is what is stored, unchecked. */
export type InstanceMigrator = (
  data: unknown,
  instance: MigratedInstance,
) => { readonly state: string; readonly data: unknown } | null;

export interface MigrationRequest {
  readonly saga: string;
  /** The version that the instances have; its definition need not be there. */
  readonly from: number;
  /** The version that they get, among the runtime's definitions. */
  readonly to: number;
  /** By the state that an instance is in. Instances in other states are left as they are, and counted. */
  readonly states: Readonly<Record<string, InstanceMigrator>>;
  /** For the history of each instance. */
  readonly actor: string;
  readonly reason: string;
  /** Does all but write, and locks nothing. @default false */
  readonly dryRun?: boolean;
  /** Instances per transaction, which are locked together. @default 50 */
  readonly chunk?: number;
  /** How many instances are migrated at most; the same call goes on with the others. @default all */
  readonly limit?: number;
  /** Stops between transactions. */
  readonly signal?: AbortSignal;
}

export interface FailedMigration extends MigratedInstance {
  readonly error: string;
}

/** What a migration did, or, as a dry run, would do. */
export interface MigrationReport {
  readonly isDryRun: boolean;
  readonly migrated: number;
  /** From which state to which. */
  readonly moves: readonly { readonly from: string; readonly to: string; readonly instances: number }[];
  /** How many messages were sent by parked events that could go on. */
  readonly sent: number;
  /** Instances that their function left as they are. */
  readonly skipped: number;
  /** Instances that could not be migrated. Others are not held back by them. */
  readonly failed: number;
  /** The first hundred of them. */
  readonly failures: readonly FailedMigration[];
  /** What is left of the old version, by state, counted at the end: by a dry run, all. */
  readonly left: readonly { readonly state: string; readonly instances: number }[];
}
