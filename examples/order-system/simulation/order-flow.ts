import { join } from 'node:path';
import { profiles, type SimulateOptions } from '@holdfast/testkit';
import { orderChecks } from './order-checks.ts';
import { type OrderFacts, orderWorld } from './order-world.ts';
import { SITUATIONS } from './situations.ts';

export type ProfileName = keyof typeof profiles;

export const DEFAULT_PROFILE: ProfileName = 'rabbitQuorum';

/** Plans of runs that failed once. */
const FAILS = join(import.meta.dirname, 'fails');

/** What is simulated of the order system on a broker of this kind, and what must hold. Plans are saved for each kind of broker by itself. */
export function orderFlow(profile: ProfileName = DEFAULT_PROFILE): SimulateOptions<OrderFacts> {
  return {
    name: `order-flow on ${profile}`,
    world: (world) => orderWorld(world, { profile: profiles[profile] }),
    check: orderChecks(profiles[profile]),
    sometimes: SITUATIONS,
    fails: FAILS,
  };
}
