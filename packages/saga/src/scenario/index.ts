export { ScenarioError } from '../errors/scenario-error.ts';
export { Scenario, type ScenarioOptions, scenario } from './scenario.ts';
export type {
  ScenarioAction,
  ScenarioAnswer,
  ScenarioAnswers,
  ScenarioEvent,
  ScenarioExpectation,
  ScenarioInput,
  ScenarioOutcome,
  ScenarioTimer,
} from './scenario-input.ts';
