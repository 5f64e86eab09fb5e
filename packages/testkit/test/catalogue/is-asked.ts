import type { World } from '../../src/kernel/world.ts';

/** Whether a service that is slow is still asked, maybe by somebody who does not wait any more. */
export function isAsked({ simulation }: World, service: string): boolean {
  return [...simulation.inFlight].some(({ site }) => site.label.startsWith(`${service}.`));
}
