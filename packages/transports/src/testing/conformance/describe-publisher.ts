import { type ConformanceOptions, describeRules } from './conformance-rule.ts';
import type { PublisherCapability, PublisherFixture } from './publisher-fixture.ts';
import { publisherRules } from './publisher-rules.ts';

/** Holds an adapter against the contract of {@link Publisher}: one test for each rule, on a fixture of its own. */
export function describePublisher(
  name: string,
  createFixture: () => Promise<PublisherFixture>,
  options: ConformanceOptions<PublisherCapability>,
): void {
  options.describe(`${name} keeps the contract of Publisher`, () => {
    describeRules(publisherRules, createFixture, options);
  });
}
