import type { ConformanceFixture, ConformanceRule } from './conformance-rule.ts';
import type { TransportWorld } from './transport-world.ts';

/** What a world may not be able to do to its broker. Give in `without` what it cannot. */
export type WorldFacility = 'network' | 'restart' | 'raw';

/** What a rule of a transport needs: a capability of the adapter, or a facility of its world. */
export type TransportNeed = 'order' | 'order-under-redelivery' | 'delivery-count' | WorldFacility;

/** A rule on a whole transport. */
export type TransportRule = ConformanceRule<TransportWorld, TransportNeed>;

/** A rule on a part of the transport, as a rule on a world. */
export function ruleOfPart<Fixture extends ConformanceFixture>(
  rule: Pick<ConformanceRule<Fixture, string>, 'name' | 'check'>,
  fixtureOf: (world: TransportWorld) => Promise<Fixture>,
  needs: TransportNeed | undefined,
): TransportRule {
  const { name, check } = rule;
  return {
    name,
    ...(needs === undefined ? {} : { needs }),
    check: async (world) => check(await fixtureOf(world)),
  };
}
