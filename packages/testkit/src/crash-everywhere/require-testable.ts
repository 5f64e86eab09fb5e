import type { CrashRun } from './crash-run.ts';
import type { SweptSites } from './swept-sites.ts';
import { UntestableHandlerError } from './untestable-handler-error.ts';

/** Refuses what nothing could be said about, by the run without faults. @param life of its first message, for the message of the error. @throws UntestableHandlerError */
export function requireTestable(calm: CrashRun, { points }: SweptSites, life: string): void {
  const [problem] = calm.problems;
  if (problem !== undefined) {
    throw new UntestableHandlerError(`Without any fault, this is not so: ${problem.check}. ${problem.message}${life}`);
  }
  // Each message is acknowledged or dead-lettered: that is none of the handler's.
  if (points <= calm.messages.length) {
    const dead = `${calm.deadLetters} of ${calm.messages.length} messages are dead letters without any fault: ${calm.whyDead}`;
    throw new UntestableHandlerError(
      calm.whyDead === null
        ? 'The handler does no I/O that can be crashed. Give it parts of the world: world.port(…), new SimulatedService(…), SimulatedSqlite.open(…).'
        : `The handler does no I/O that can be crashed; ${dead}`,
    );
  }
  if (calm.isUnchanged && !calm.hasOwnCheck) {
    throw new UntestableHandlerError(
      'Without any fault, the handler changes nothing that a part of the world counts, so runs cannot be compared. Count what it changes: "counts" of a SimulatedService or of world.part(…), "figures" of a SimulatedSqlite for rows that are only updated; or give a "check".',
    );
  }
}
