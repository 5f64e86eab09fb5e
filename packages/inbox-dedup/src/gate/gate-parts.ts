import type { Clock, Envelope, Message, Random } from '@holdfast/core';
import type { RepeatedTransaction, TransactionRunner } from '@holdfast/sql';
import type { AttemptTracker } from '../inbox/attempt-tracker.ts';
import type { MessageApplier } from '../inbox/message-applier.ts';
import type { GateStore } from '../store/gate-store.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { GateEvent } from './gate-event.ts';
import type { GateWorks } from './gate-works.ts';

/** What the parts of a gate work with. */
export interface GateParts<Tx> {
  readonly consumer: string;
  readonly gate: GateStore;
  readonly records: RecordStore;
  readonly attempts: AttemptTracker;
  readonly transactions: TransactionRunner<Tx>;
  readonly repeated: RepeatedTransaction<Tx>;
  readonly applier: MessageApplier<Tx>;
  readonly decode: (envelope: Envelope) => Message;
  readonly works: GateWorks<Tx>;
  readonly announce: (event: GateEvent) => void;
  readonly maxParkedPerKey: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  readonly clock: Clock;
  readonly random: Random;
}
