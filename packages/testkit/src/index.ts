export { type CampaignFigures, CampaignReport } from './campaign/campaign-report.ts';
export { type RunOptions, runWorld, type WorldDefinition, type WorldRun } from './campaign/run-world.ts';
export { simulate } from './campaign/simulate.ts';
export type { CampaignProgress, SimulateOptions } from './campaign/simulate-options.ts';
export { SimulationFailedError, type SimulationFailure } from './campaign/simulation-failed-error.ts';
export { type SweepFailure, type SweepOptions, type SweepReport, sweep } from './campaign/sweep.ts';
export type { Check } from './checks/check.ts';
export { crashEverywhere } from './crash-everywhere/crash-everywhere.ts';
export {
  CrashEverywhereFailedError,
  type FailingFault,
} from './crash-everywhere/crash-everywhere-failed-error.ts';
export type { CrashEverywhereOptions, CrashEverywhereResult } from './crash-everywhere/crash-everywhere-options.ts';
export type { HandlerUnderTest, MakeHandler } from './crash-everywhere/handler-under-test.ts';
export { UntestableHandlerError } from './crash-everywhere/untestable-handler-error.ts';
export type { Fault, FaultKind } from './faults/fault.ts';
export type { FaultProfile } from './faults/fault-profile.ts';
export type { FaultSite, FaultSource } from './faults/fault-source.ts';
export { faults } from './faults/faults.ts';
export { PlanFaults } from './faults/plan-faults.ts';
export type { SwarmOptions } from './faults/swarm-profile.ts';
export { type GuardOptions, guardGlobals } from './guard/guard-globals.ts';
export { UnwrappedIoError } from './guard/unwrapped-io-error.ts';
export type { ForeignWork } from './kernel/foreign-calls.ts';
export type { IoSite, PointSite } from './kernel/io-site.ts';
export type { PortOptions } from './kernel/port.ts';
export type { Problem } from './kernel/problem.ts';
export { ProcessKilledError } from './kernel/process-killed-error.ts';
export { ProcessUnreachableError } from './kernel/process-unreachable-error.ts';
export { SimulatedFaultError } from './kernel/simulated-fault-error.ts';
export type { ProcessLife, ProcessMain, RunningProcess, SimulatedProcess } from './kernel/simulated-process.ts';
export { Simulation, type SimulationOptions } from './kernel/simulation.ts';
export { StepLimitError } from './kernel/step-limit-error.ts';
export type { TraceEvent, TraceKind } from './kernel/trace.ts';
export { type Disturbable, type ProcessOptions, World, type WorldPart } from './kernel/world.ts';
export type { FaultPlan } from './plans/fault-plan.ts';
export { InvalidPlanError } from './plans/invalid-plan-error.ts';
export type { SavedPlan } from './plans/saved-plan.ts';
