import { join } from 'node:path';
import { profiles, type SimulateOptions } from '@holdfast/testkit';
import { orderChecks } from './order-checks.ts';
import { type OrderFacts, orderWorld } from './order-world.ts';
import { SITUATIONS } from './situations.ts';

export type ProfileName = keyof typeof profiles;

export const DEFAULT_PROFILE: ProfileName = 'rabbitQuorum';
export const DEFAULT_ORDERS = 2;

/** Plans of runs that failed once. */
const FAILS = join(import.meta.dirname, 'fails');

/** What is simulated of the order system on a broker of this kind, and what must hold. Plans are saved for each kind of broker by itself. */
export function orderFlow(
  profile: ProfileName = DEFAULT_PROFILE,
  orders: number = DEFAULT_ORDERS,
): SimulateOptions<OrderFacts> {
  return {
    name: orderFlowName(profile),
    size: orders,
    world: (world, size) => orderWorld(world, { profile: profiles[profile], orders: size }),
    check: orderChecks(profiles[profile]),
    sometimes: SITUATIONS,
    fails: FAILS,
  };
}

/** As saved plans name it. */
export function orderFlowName(profile: ProfileName): string {
  return `order-flow on ${profile}`;
}
