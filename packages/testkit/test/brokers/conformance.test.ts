import { describeTransport } from '@holdfast/transports/testing';
import { describe, test } from 'vitest';
import { profiles } from '../../src/brokers/broker-profile.ts';
import { brokerWorld, capabilitiesOf } from './broker-world.ts';

for (const profile of Object.values(profiles)) {
  describeTransport(`SimulatedBroker as ${profile.name}`, () => brokerWorld(profile), {
    describe,
    test,
    capabilities: capabilitiesOf(profile),
    without: ['raw'],
  });
}
