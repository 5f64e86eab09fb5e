import type { Envelope, Publisher } from '@holdfast/core';
import type { ConformanceFixture } from './conformance-rule.ts';

/**
 * What not every publisher has. `order`: messages of one key arrive in the order in which they were handed over.
 * `silence`: the broker can leave a message without an answer.
 */
export type PublisherCapability = 'order' | 'silence';

/** What {@link describePublisher} needs of an adapter: a publisher, and a look at what the broker took. New for each rule. */
export interface PublisherFixture extends ConformanceFixture {
  readonly publisher: Publisher;
  /** An event type that goes to the queue that `receiveAll` reads. */
  readonly routableType: string;
  /** An event type that no queue gets. */
  readonly unroutableType: string;
  /** Largest body that the broker takes, in bytes. */
  readonly maxMessageBytes: number;
  /** What the broker has taken and not given here before, in order of arrival; returns when no more comes. */
  receiveAll(): Promise<readonly Envelope[]>;
  /** Lets time pass: moves a manual clock, or waits. */
  passTime(ms: number): Promise<void>;
  /** Takes the broker down or up. Calls may overlap; they take effect in order. */
  setAvailable(available: boolean): Promise<void>;
  /** How to make the broker silent; `null` for one that always answers, which is tested without `silence`. */
  readonly silence: BrokerSilence | null;
}

/** A broker that takes what is sent and answers nothing: a black hole, a half-open connection. */
export interface BrokerSilence {
  begin(): Promise<void>;
  /** The publisher's own deadline for what it has sent, in milliseconds, with what the machine needs to notice it. */
  readonly deadlineMs: number;
}
