import fc from 'fast-check';
import type { SagaDefinition } from '../../src/definition/saga-definition.ts';
import { begun, committed, ends, type Letter, type LetteredOptions, lettered } from './lettered-steps.ts';

/** One or more steps at the same time. */
export type RandomStage = readonly { readonly name: Letter; readonly options: LetteredOptions }[];

export interface RandomSaga {
  readonly stages: readonly RandomStage[];
  /** How many stages are before the point of no return. */
  readonly undoable: number;
}

const letters = ['a', 'b', 'c', 'd', 'e'] as const;

const stepOptions: fc.Arbitrary<LetteredOptions> = fc.record({
  unanswered: fc.constantFrom('compensate', 'uncertain'),
  resend: fc.nat(2),
  attempts: fc.integer({ min: 1, max: 3 }),
});

/** One to five steps, cut into stages anywhere, with the point of no return anywhere. */
export const randomSagas: fc.Arbitrary<RandomSaga> = fc
  .record({
    steps: fc.array(stepOptions, { minLength: 1, maxLength: letters.length }),
    /** 0: at the same time as the one before. */
    cuts: fc.array(fc.nat(2), { minLength: letters.length, maxLength: letters.length }),
    undoable: fc.nat(2 * letters.length),
  })
  .map(({ steps, cuts, undoable }) => {
    const stages: { name: Letter; options: LetteredOptions }[][] = [];
    for (const [index, one] of steps.entries()) {
      const step = { name: letters[index]!, options: one };
      if (index === 0 || cuts[index] !== 0) stages.push([step]);
      else stages.at(-1)!.push(step);
    }
    return { stages, undoable: Math.min(stages.length, undoable) };
  });

export function definitionOf({ stages, undoable }: RandomSaga): SagaDefinition {
  // The types of steps that are not known before are of no use here.
  let saga = begun as unknown as Loose;
  for (const [index, stage] of stages.entries()) {
    if (index === undoable) saga = saga.pointOfNoReturn();
    const stepOf = index < undoable ? lettered : committed;
    const withAll = (to: Loose) =>
      stage.reduce((group, { name, options }) => group.step(name, stepOf(name, options)), to);
    saga = stage.length === 1 ? withAll(saga) : saga.parallel(`group${index}`, withAll);
  }
  return saga.build(ends);
}

interface Loose {
  step(name: string, spec: unknown): Loose;
  parallel(name: string, steps: (group: Loose) => Loose): Loose;
  pointOfNoReturn(): Loose;
  build(spec: unknown): SagaDefinition;
}
