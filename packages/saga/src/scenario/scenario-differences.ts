import type { SagaDefinition } from '../definition/saga-definition.ts';
import { dataChanges } from '../runtime/data-change.ts';
import type { ScenarioOutcome } from './scenario-input.ts';
import type { ScenarioSituation } from './scenario-run.ts';

/** An expectation without its types. */
export interface LooseExpectation {
  readonly state: string | null;
  readonly data?: unknown;
  readonly sent?: readonly (string | Readonly<Record<string, unknown>>)[];
  readonly timers?: readonly string[] | Readonly<Record<string, number | undefined>>;
  readonly parked?: readonly string[];
  readonly outcome?: ScenarioOutcome;
}

/** What differs, one line each; none: it is as expected. */
export function scenarioDifferences(
  definition: SagaDefinition,
  situation: ScenarioSituation,
  expected: LooseExpectation,
): readonly string[] {
  const { stored } = situation;
  return [
    ...outcomeDifferences(expected, situation),
    ...differences('state', expected.state, stored?.state ?? null),
    ...(expected.data === undefined ? [] : dataDifferences('data', expected.data, JSON.parse(stored?.data ?? 'null'))),
    ...(expected.sent === undefined ? [] : sentDifferences(expected.sent, situation)),
    ...(expected.timers === undefined ? [] : timerDifferences(expected.timers, situation)),
    ...(expected.parked === undefined
      ? []
      : differences(
          'parked',
          expected.parked,
          situation.parked.map(({ type }) => definition.eventName(type) ?? type),
        )),
  ];
}

/** What was refused is an error wherever it is not expected: a test of the state alone would not see it. */
function outcomeDifferences({ outcome }: LooseExpectation, situation: ScenarioSituation): readonly string[] {
  if (outcome !== undefined) return differences('outcome', outcome, situation.outcome);
  if (situation.outcome !== 'failed' && situation.outcome !== 'refused') return [];
  return [
    `outcome: the last input was refused ("${situation.outcome}"); if that is right, expect outcome: "${situation.outcome}"`,
  ];
}

function sentDifferences(
  expected: NonNullable<LooseExpectation['sent']>,
  { sent }: ScenarioSituation,
): readonly string[] {
  const wanted = expected.map((command) =>
    typeof command === 'string'
      ? { name: command, data: undefined }
      : { name: Object.keys(command)[0] ?? '', data: Object.values(command)[0] },
  );
  const byName = differences(
    'sent',
    wanted.map(({ name }) => name),
    sent.map(({ name }) => name),
  );
  if (byName.length > 0) return byName;
  return wanted.flatMap(({ name, data }, index) =>
    data === undefined ? [] : dataDifferences(`sent.${index}.${name}`, data, sent[index]?.message.data),
  );
}

function timerDifferences(
  expected: NonNullable<LooseExpectation['timers']>,
  { coming, now }: ScenarioSituation,
): readonly string[] {
  const set = coming.flatMap(({ timer, dueAt }) => (timer === null ? [] : [[timer, dueAt - now] as const]));
  if (Array.isArray(expected)) {
    return differences('timers', [...expected].sort(), set.map(([timer]) => timer).sort());
  }
  return dataDifferences('timers', expected, Object.fromEntries(set));
}

function differences(what: string, expected: unknown, found: unknown): readonly string[] {
  const [wanted, got] = [JSON.stringify(expected), JSON.stringify(found)];
  return wanted === got ? [] : [`${what}: expected ${wanted}, found ${got}`];
}

function dataDifferences(what: string, expected: unknown, found: unknown): readonly string[] {
  return dataChanges(plain(expected), plain(found), []).map((change) => {
    const path = change.path === '' ? what : `${what}.${change.path}`;
    const wanted = 'before' in change ? JSON.stringify(change.before) : 'nothing';
    const got = 'after' in change ? JSON.stringify(change.after) : 'nothing';
    return `${path}: expected ${wanted}, found ${got}`;
  });
}

/** As it is stored and sent. */
function plain(value: unknown): unknown {
  const json = JSON.stringify(value);
  return json === undefined ? undefined : JSON.parse(json);
}
