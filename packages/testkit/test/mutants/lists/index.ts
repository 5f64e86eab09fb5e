import type { Mutant } from '../hunt/mutant.ts';
import { effectMutants } from './effect-mutants.ts';
import { gateMutants } from './gate-mutants.ts';
import { httpMutants } from './http-mutants.ts';
import { inboxMutants } from './inbox-mutants.ts';
import { logMutants } from './log-mutants.ts';
import { queueMutants } from './queue-mutants.ts';
import { relayMutants } from './relay-mutants.ts';
import { sagaMutants } from './saga-mutants.ts';

export const allMutants: readonly Mutant[] = [
  ...relayMutants,
  ...inboxMutants,
  ...gateMutants,
  ...effectMutants,
  ...httpMutants,
  ...queueMutants,
  ...logMutants,
  ...sagaMutants,
];
