export { decide } from './decide/decide.ts';
export type { Decision, Moved, NotMoved, SagaSnapshot, SentCommand } from './decide/decision.ts';
export type { EventArrival, OperatorAction, SagaInput, TimerRunOut } from './decide/saga-input.ts';
export { defineSaga } from './definition/define-saga.ts';
export type {
  AnySagaDefinition,
  CommandDefinition,
  SagaDefinition,
  ScheduleDefinition,
  StateDefinition,
  TimerReaction,
  TransitionDefinition,
  TransitionInput,
} from './definition/saga-definition.ts';
export type {
  EventInput,
  EventMap,
  EventMessage,
  OperatorInput,
  ReactionSpec,
  SagaNames,
  SagaSpec,
  SendSpec,
  StartSpec,
  StateData,
  StateMap,
  TimerInput,
  TransitionContext,
  TransitionSpec,
  UnexpectedPolicy,
} from './definition/saga-spec.ts';
export { active, attention, compensating, final, type StateKind, type StateSpec } from './definition/state-spec.ts';
export type { CompensationPlan, StepPlan, StepTimeoutPlan } from './definition/step-plan.ts';
export { ActionRefusedError, type RefusedAction } from './errors/action-refused-error.ts';
export { IncompatibleInstancesError } from './errors/incompatible-instances-error.ts';
export { InstanceNotFoundError } from './errors/instance-not-found-error.ts';
export { InvalidSagaError } from './errors/invalid-saga-error.ts';
export { IsolationLevelError } from './errors/isolation-level-error.ts';
export { SagaDataError } from './errors/saga-data-error.ts';
export { SagaDataTooLargeError } from './errors/saga-data-too-large-error.ts';
export { TooManyParkedEventsError } from './errors/too-many-parked-events-error.ts';
export { UncorrelatedEventError } from './errors/uncorrelated-event-error.ts';
export { UnexpectedEventError } from './errors/unexpected-event-error.ts';
export { UnknownDefinitionVersionError } from './errors/unknown-definition-version-error.ts';
export { UnknownResultError } from './errors/unknown-result-error.ts';
export { UnknownStateError } from './errors/unknown-state-error.ts';
export type {
  CompatibilityOptions,
  CompatibilityReport,
  Incompatibility,
  IncompatibilityKind,
} from './operations/compatibility.ts';
export type {
  FailedMigration,
  InstanceMigrator,
  MigratedInstance,
  MigrationReport,
  MigrationRequest,
} from './operations/migration.ts';
export type { ActionOrEvent } from './operations/operator-actions.ts';
export type {
  ActionPreview,
  ActionReport,
  ActionRequest,
  OperatorRequest,
  ReportedTransition,
} from './operations/operator-request.ts';
export { SagaOperations, type SagaOperationsOptions } from './operations/saga-operations.ts';
export { sagaTimeline } from './operations/saga-timeline.ts';
export type {
  ListRequest,
  SagaPage,
  SagaSummary,
  ShownEntry,
  ShownParkedEvent,
  ShownSaga,
  ShowOptions,
} from './operations/shown-saga.ts';
export type { TakenInputs } from './operations/taken-inputs.ts';
export { postgresSagaMigrations } from './postgres/migrations.ts';
export { PostgresSagaStore, type PostgresSagaStoreOptions } from './postgres/postgres-saga-store.ts';
export type { DataChange } from './runtime/data-change.ts';
export { DefinitionCatalogue } from './runtime/definition-catalogue.ts';
export type { SagaEvent, SagaEventListener, SagaEventSubject } from './runtime/saga-event.ts';
export type { SagaParts } from './runtime/saga-parts.ts';
export type { SagaPreflightOptions } from './runtime/saga-preflight.ts';
export { SagaRuntime, type SagaWork, type SagaWorkContext } from './runtime/saga-runtime.ts';
export type { SagaRuntimeOptions } from './runtime/saga-runtime-options.ts';
export { SagaWorker, type SagaWorkerStatus } from './runtime/saga-worker.ts';
export type { SagaWorkerOptions } from './runtime/saga-worker-options.ts';
export { sqliteSagaMigrations } from './sqlite/migrations.ts';
export { SqliteSagaStore, type SqliteSagaStoreOptions } from './sqlite/sqlite-saga-store.ts';
export type { CommittedGroupBuilder } from './steps/committed-group-builder.ts';
export type { CommittedStepsBuilder } from './steps/committed-steps-builder.ts';
export type { GroupBuilder } from './steps/group-builder.ts';
export { type SagaStepsOptions, sagaSteps } from './steps/saga-steps.ts';
export type {
  CommandSpec,
  CommittedStepSpec,
  CommittedTimeoutSpec,
  CompensationSpec,
  CompensationView,
  EndSend,
  RetrySpec,
  StepSpec,
  StepsBase,
  StepsEnds,
  StepView,
  TimeoutSpec,
} from './steps/step-spec.ts';
export type { StepsBuilder } from './steps/steps-builder.ts';
export type { FailureCause, StepFailure, StepStatus, StepsData } from './steps/steps-data.ts';
export type { StepState, StepsNames } from './steps/steps-names.ts';
export type { HistoryCause, HistoryEntry } from './store/history-entry.ts';
export type { InstanceStore } from './store/instance-store.ts';
export type { ParkedEvent, WaitingEvent } from './store/parked-event.ts';
export type { SagaId } from './store/saga-id.ts';
export type {
  ListedSaga,
  ListedTimer,
  SagaAttention,
  SagaCount,
  SagaListQuery,
  SagaQueries,
  TimedHistoryEntry,
  TimedParkedEvent,
} from './store/saga-queries.ts';
export type { SagaRetentionStore } from './store/saga-retention-store.ts';
export type { SagaStore } from './store/saga-store.ts';
export type { SagaWaitingQueries, WaitingCount, WaitingQuery } from './store/saga-waiting-queries.ts';
export type { SagaWrite } from './store/saga-write.ts';
export type { StoredSaga } from './store/stored-saga.ts';
export type { DueQuery, DueTimer, StoredTimer, TimerStore } from './store/timer-store.ts';
