import type { StandardSchemaV1 } from '@standard-schema/spec';
import { failureCauses, type StepsData, stepStatuses } from './steps-data.ts';

type Issue = StandardSchemaV1.Issue;
type Branch = Readonly<Record<string, unknown>>;

/** Checks the data of a saga that is made of steps; its input by the schema that was given for it. */
export class StepsDataSchema implements StandardSchemaV1<unknown, StepsData> {
  readonly '~standard': StandardSchemaV1.Props<unknown, StepsData>;
  readonly #steps: ReadonlySet<string>;
  readonly #input: StandardSchemaV1 | undefined;
  readonly #begun: readonly string[];

  constructor(steps: Iterable<string>, input: StandardSchemaV1 | undefined, begun: readonly string[] = []) {
    this.#steps = new Set(steps);
    this.#input = input;
    this.#begun = begun;
    this['~standard'] = { version: 1, vendor: 'holdfast', validate: (value) => this.#validate(value) };
  }

  /** In a state in which these steps have begun: a definition with one more among them cannot go on with older instances. */
  whereBegun(steps: readonly string[]): StepsDataSchema {
    return new StepsDataSchema(this.#steps, this.#input, steps);
  }

  #validate(value: unknown): StandardSchemaV1.Result<StepsData> | Promise<StandardSchemaV1.Result<StepsData>> {
    if (!isBranch(value)) return { issues: [issue([], 'is no object')] };
    const issues = [
      ...this.#byStep(value, 'done', () => true),
      ...this.#byStep(value, 'steps', (status) => includes(stepStatuses, status)),
      ...this.#notBegun(value['steps']),
      ...this.#byStep(value, 'attempts', isCount),
      ...(isFailure(value['failure']) ? [] : [issue(['failure'], 'is no failure of a step')]),
      ...(isCount(value['ends']) ? [] : [issue(['ends'], 'is no count')]),
    ];
    if (issues.length > 0) return { issues };
    if (this.#input === undefined) return { value: value as unknown as StepsData };
    const checked = this.#input['~standard'].validate(value['input']);
    return checked instanceof Promise ? checked.then((result) => withInput(value, result)) : withInput(value, checked);
  }

  #notBegun(statuses: unknown): readonly Issue[] {
    if (!isBranch(statuses)) return [];
    return this.#begun
      .filter((step) => !Object.hasOwn(statuses, step))
      .map((step) => issue(['steps', step], 'has not begun'));
  }

  #byStep(value: Branch, name: string, fits: (one: unknown) => boolean): readonly Issue[] {
    const byStep = value[name];
    if (!isBranch(byStep)) return [issue([name], 'is no object')];
    return Object.entries(byStep).flatMap(([step, one]) =>
      this.#steps.has(step) && fits(one) ? [] : [issue([name, step], 'is of no step, or cannot be')],
    );
  }
}

function withInput(value: Branch, result: StandardSchemaV1.Result<unknown>): StandardSchemaV1.Result<StepsData> {
  if (result.issues === undefined) return { value: { ...value, input: result.value } as unknown as StepsData };
  return { issues: result.issues.map(({ message, path = [] }) => ({ message, path: ['input', ...path] })) };
}

function isFailure(value: unknown): boolean {
  if (value === null) return true;
  if (!isBranch(value)) return false;
  const { step, cause, reason } = value;
  return typeof step === 'string' && includes(failureCauses, cause) && (reason === null || typeof reason === 'string');
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function includes(words: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && words.includes(value);
}

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function issue(path: readonly string[], message: string): Issue {
  return { path, message };
}
