export type { Exploration, ExploredStep, Violation } from './explore/exploration.ts';
export { explore } from './explore/explore.ts';
export type {
  CuttingBound,
  Delivery,
  ExploreBounds,
  ExploreOptions,
  Participant,
  Participants,
  Property,
  Reaction,
  Situation,
} from './explore/explore-options.ts';
export { builtIn as builtInProperties } from './explore/problem.ts';
export { type LintOptions, lint } from './lint/lint.ts';
export type { LintFinding, LintRule } from './lint/lint-finding.ts';
export { type MermaidOptions, toMermaid } from './mermaid/to-mermaid.ts';
export { type ParticipantsOfOptions, participantsOf, type StepsModel } from './steps/participants-of.ts';
export type { StepEffect, StepsWorld } from './steps/step-participant.ts';
