import { ForeignConnectionError } from './foreign-connection-error.ts';
import type { Incarnation } from './incarnation.ts';
import { currentProcess } from './process-context.ts';

/**
 * Refuses a connection in a process that has not made it. Everybody may look from outside, and who is outside may use what was made there.
 * @throws ForeignConnectionError
 */
export function assertOwnConnection(owner: Incarnation | null, server: string): void {
  const context = currentProcess();
  if (context === null || context.incarnation === owner) return;
  const { simulation, incarnation } = context;
  // What a dead process does is refused anyway.
  if (!incarnation.isAlive || (owner === null && incarnation.isOutside)) return;
  const error = new ForeignConnectionError(server, { user: incarnation.process, owner: owner?.process ?? null });
  const isTold = simulation.problems.some(({ message }) => message === error.message);
  if (!isTold) simulation.problem('a process uses its own connections', error.message);
  throw error;
}
