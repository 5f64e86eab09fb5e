import type { Finding, Message, OutgoingMessage } from '@holdfast/core';
import { IncompatibleInstancesError } from '../errors/incompatible-instances-error.ts';
import type { SagaParts } from '../runtime/saga-parts.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { CompatibilityOptions, CompatibilityReport } from './compatibility.ts';
import { CompatibilityCheck } from './compatibility-check.ts';
import { compatibilityFindings } from './compatibility-findings.ts';
import { InstanceMigration } from './instance-migration.ts';
import type { MigrationReport, MigrationRequest } from './migration.ts';
import { type ActionOrEvent, OperatorActions } from './operator-actions.ts';
import type { ActionPreview, ActionReport, ActionRequest, OperatorRequest } from './operator-request.ts';
import { SagaViews } from './saga-views.ts';
import type { ListRequest, SagaPage, ShownSaga, ShowOptions } from './shown-saga.ts';

export interface SagaOperationsOptions<Tx> {
  /** A {@link SagaRuntime}; it need not handle events in this process. */
  readonly runtime: { readonly parts: SagaParts<Tx> };
}

/**
 * What people do with instances: look, act, force events, compare them with new definitions and migrate them. Every action says who and
 * why, goes through the definition as events do, and is in the instance's history; it is refused where the definition does not provide for it.
 */
export class SagaOperations<Tx> {
  readonly #views: SagaViews<Tx>;
  readonly #actions: OperatorActions<Tx>;
  readonly #compatibility: CompatibilityCheck<Tx>;
  readonly #migration: InstanceMigration<Tx>;

  constructor({ runtime: { parts } }: SagaOperationsOptions<Tx>) {
    this.#views = new SagaViews(parts);
    this.#actions = new OperatorActions(parts);
    this.#compatibility = new CompatibilityCheck(parts);
    this.#migration = new InstanceMigration(parts);
  }

  /** Instances of a saga by state, kind, version and age, a page at a time. @throws InvalidOptionError */
  list(request: ListRequest): Promise<SagaPage> {
    return this.#views.list(request);
  }

  /**
   * An instance with its history, timers and parked events. What its definition redacts is left out of its data, too (all of it, where this
   * process does not have the definition), and parked events are shown without their messages, unless `reveal` is asked for.
   * @throws InstanceNotFoundError, InvalidOptionError
   */
  show(id: SagaId, options: ShowOptions = {}): Promise<ShownSaga> {
    return this.#views.show(id, options);
  }

  /**
   * Takes an action of the definition's `operator`. It is safe against others who act at the same time and against lost answers of the
   * database: it happens once, or it throws; and with an `id` of one's own it happens once however often it is asked for.
   * @throws ActionRefusedError that names what the state takes, InstanceNotFoundError, InvalidOptionError, and what events throw;
   *   CommitUnknownError when the database did not answer several times: ask again with the same `id`
   */
  act(id: SagaId, request: ActionRequest): Promise<ActionReport> {
    return this.#actions.take(id, { action: request.action }, request);
  }

  /** The action `retry`. See {@link act}. */
  retry(id: SagaId, request: OperatorRequest): Promise<ActionReport> {
    return this.act(id, { ...request, action: 'retry' });
  }

  /** The action `resume`. See {@link act}. */
  resume(id: SagaId, request: OperatorRequest): Promise<ActionReport> {
    return this.act(id, { ...request, action: 'resume' });
  }

  /** The action `cancel`. See {@link act}. */
  cancel(id: SagaId, request: OperatorRequest): Promise<ActionReport> {
    return this.act(id, { ...request, action: 'cancel' });
  }

  /**
   * Has an event happen to an instance, a start event also where there is none, as if it had been received: `message` is made by the
   * event's factory, or was received. The history calls it an operator's, by the event's type. No inbox learns of it: when the same event
   * comes later, it is one more.
   * @throws as {@link act}; SchemaValidationError; InvalidOptionError when the event belongs to another instance
   */
  force(id: SagaId, message: Message | OutgoingMessage, request: OperatorRequest): Promise<ActionReport> {
    return this.#actions.take(id, { message }, request);
  }

  /** What an action, or a forced event, would do now. Writes nothing and locks nothing. @throws as {@link act}, except that a refusal is told */
  preview(id: SagaId, wanted: ActionOrEvent): Promise<ActionPreview> {
    return this.#actions.preview(id, wanted);
  }

  /**
   * Instances that the runtime's definitions cannot carry: of an unknown version or state, with data that does not fit its schema, with a
   * timer or a parked event that nothing takes. Versions, states, timers and events are counted completely, by a few statements that read the
   * tables; data is looked into in chunks, up to a limit, and the report says how much was not. @throws InvalidOptionError
   */
  compatibility(options: CompatibilityOptions = {}): Promise<CompatibilityReport> {
    return this.#compatibility.run(options);
  }

  /** For a service's start: refuses it when there are instances in flight that the definitions cannot carry. @throws IncompatibleInstancesError */
  async assertCompatible(options: CompatibilityOptions = {}): Promise<CompatibilityReport> {
    const report = await this.compatibility(options);
    const refused = report.findings.filter(({ isFinished }) => !isFinished);
    if (refused.length > 0) throw new IncompatibleInstancesError(refused);
    return report;
  }

  /** {@link compatibility} as findings, beside those of the settings. */
  async preflight(options: CompatibilityOptions = {}): Promise<readonly Finding[]> {
    return compatibilityFindings(await this.compatibility(options));
  }

  /**
   * Takes instances from one version of their definition to another, by a function per state, in transactions of a few instances each; events
   * go on meanwhile, before an instance's migration by the old definition and after it by the new one. Timers of the new state are set, those
   * that transitions have scheduled go on when the new version takes them so, all others end; parked events that the new state takes are
   * taken; a finished instance is kept for its retention anew. Each migration is in the instance's history. Stopped or failed, it is
   * gone on with by the same call. Processes that run at the same time need both versions.
   * @throws InvalidOptionError, and what the database throws; what goes wrong with one instance is reported instead
   */
  migrateInstances(request: MigrationRequest): Promise<MigrationReport> {
    return this.#migration.run(request);
  }
}
