export type { Transport } from '../transport.ts';
export {
  type ConformanceFixture,
  type ConformanceOptions,
  type ConformanceRule,
  checkRule,
} from './conformance/conformance-rule.ts';
export { describePublisher } from './conformance/describe-publisher.ts';
export { describeQueueReader } from './conformance/describe-queue-reader.ts';
export {
  describeTransport,
  type TransportConformanceOptions,
  transportRules,
} from './conformance/describe-transport.ts';
export type { BrokerSilence, PublisherCapability, PublisherFixture } from './conformance/publisher-fixture.ts';
export { publisherRules } from './conformance/publisher-rules.ts';
export type { QueueReaderCapability, QueueReaderFixture } from './conformance/queue-reader-fixture.ts';
export { queueReaderRules } from './conformance/queue-reader-rules.ts';
export type { TransportNeed, TransportRule, WorldFacility } from './conformance/transport-rule.ts';
export type { TransportCapabilities, TransportNetwork, TransportWorld } from './conformance/transport-world.ts';
export type { FaultCondition } from './faults/fault-condition.ts';
export { FaultyPublisher } from './faults/faulty-publisher.ts';
export { FaultyReader } from './faults/faulty-reader.ts';
export type { PublisherBreach, PublishFault, PublishFaultPlan } from './faults/publish-fault.ts';
export type { ReadFault, ReadFaultPlan } from './faults/read-fault.ts';
