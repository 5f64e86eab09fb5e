import assert from 'node:assert/strict';
import { carryingRules } from './carrying-rules.ts';
import { closingRules } from './closing-rules.ts';
import { type ConformanceOptions, describeRules } from './conformance-rule.ts';
import { deadLetterRules } from './dead-letter-rules.ts';
import { networkRules } from './network-rules.ts';
import { orderRules } from './order-rules.ts';
import { publisherRules } from './publisher-rules.ts';
import { queueReaderRules } from './queue-reader-rules.ts';
import { sharingRules } from './sharing-rules.ts';
import { topologyRules } from './topology-rules.ts';
import { ruleOfPart, type TransportNeed, type TransportRule, type WorldFacility } from './transport-rule.ts';
import type { TransportCapabilities, TransportWorld } from './transport-world.ts';
import { publisherFixtureOf, queueReaderFixtureOf } from './world-fixtures.ts';

export interface TransportConformanceOptions extends Pick<ConformanceOptions<never>, 'describe' | 'test'> {
  /** What the adapter says of itself: the same as in its worlds. */
  readonly capabilities: TransportCapabilities;
  /** What the worlds cannot do to their broker. @default they can do everything */
  readonly without?: readonly WorldFacility[];
}

/** By part of the contract. */
export const transportRules: Readonly<Record<string, readonly TransportRule[]>> = {
  publishing: publisherRules.map((rule) =>
    ruleOfPart(rule, publisherFixtureOf, rule.needs === 'silence' ? 'network' : rule.needs),
  ),
  reading: queueReaderRules.map((rule) => ruleOfPart(rule, queueReaderFixtureOf, rule.needs)),
  declaring: topologyRules,
  carrying: carryingRules,
  sharing: sharingRules,
  order: orderRules,
  'dead letters': deadLetterRules,
  'a network that fails': networkRules,
  closing: closingRules,
};

/**
 * Holds an adapter against the contract of a whole {@link Transport}: one test for each rule, in a world of its own. Rules
 * do not touch each other, so `test` may run them at once. Give each at least a minute: leases end in real time.
 */
export function describeTransport(
  name: string,
  openWorld: () => Promise<TransportWorld>,
  { describe, test, capabilities, without = [] }: TransportConformanceOptions,
): void {
  const open = async () => {
    const world = await openWorld();
    assert.deepEqual({ ...world.capabilities }, { ...capabilities }, 'the capabilities are not those of the world');
    return world;
  };
  const lacking = [...without, ...missing(capabilities)];
  describe(`${name} keeps the contract of Transport`, () => {
    for (const [part, rules] of Object.entries(transportRules)) {
      describe(part, () => describeRules(rules, open, { describe, test, without: lacking }));
    }
  });
}

function missing({ order, countsDeliveries, survivesBroker }: TransportCapabilities): TransportNeed[] {
  const needs: TransportNeed[] = [];
  if (order === 'none') needs.push('order');
  if (order !== 'redeliveries') needs.push('order-under-redelivery');
  if (!countsDeliveries) needs.push('delivery-count');
  if (!survivesBroker) needs.push('restart');
  return needs;
}
