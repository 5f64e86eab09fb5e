import {
  type Envelope,
  InvalidOptionError,
  numberOption,
  type Publisher,
  type PublishOptions,
  type Receipt,
} from '@holdfast/core';
import { FaultSelector } from './fault-selector.ts';
import { HandOver } from './hand-over.ts';
import type { PublishFault, PublishFaultPlan } from './publish-fault.ts';
import { PublishedCall, type PublishedItem } from './published-call.ts';

/**
 * A publisher whose faults are declared: which message is delayed, doubled, lost, refused, or loses its receipt. It
 * keeps the contract of {@link Publisher} (order across keys apart, with `reorder`), unless the plan breaks it by name.
 */
export class FaultyPublisher implements Publisher {
  readonly #selector: FaultSelector<PublishFault>;
  readonly #handOver: HandOver;

  /** @throws InvalidOptionError */
  constructor(inner: Publisher, plan: PublishFaultPlan) {
    assertDeclared(plan);
    this.#selector = new FaultSelector(plan.faults, plan.random);
    this.#handOver = new HandOver(inner, plan);
  }

  publish(batch: readonly Envelope[], options: PublishOptions = {}): Promise<readonly Receipt[]> {
    const items = batch.map((envelope, index) => afflicted(envelope, index, this.#selector.select(envelope)));
    const call = new PublishedCall(items, options);
    this.#handOver.add(call);
    return call.receipts;
  }

  /** How many messages this fault has hit. */
  hits(fault: PublishFault['fault']): number {
    return this.#selector.hits(fault);
  }
}

function afflicted(envelope: Envelope, index: number, faults: readonly PublishFault[]): PublishedItem {
  const item: PublishedItem = {
    envelope,
    index,
    delayMs: 0,
    asideMs: 0,
    copies: 1,
    outcome: null,
    isSent: false,
    isWithheld: false,
    answer: 'receipts',
  };
  for (const fault of faults) afflict(item, fault);
  return item;
}

function afflict(item: PublishedItem, fault: PublishFault): void {
  switch (fault.fault) {
    case 'delay':
      item.delayMs += fault.ms;
      return;
    case 'reorder':
      item.asideMs += fault.ms;
      return;
    case 'duplicate':
      item.copies += 1;
      return;
    case 'lose-receipt':
      item.outcome ??= 'lose-receipt';
      return;
    case 'fail':
      item.outcome ??= { outcome: fault.outcome, reason: 'A fault was injected.' };
      return;
    case 'reject':
      item.outcome ??= { outcome: 'rejected', reason: fault.reason ?? 'A fault was injected.' };
      return;
    default:
      item.answer = fault.fault;
  }
}

function assertDeclared({ faults, breakContract = [] }: PublishFaultPlan): void {
  for (const fault of faults) {
    if ('ms' in fault) numberOption('ms', fault.ms, { min: 0, max: Number.MAX_SAFE_INTEGER });
    const breaks = fault.fault === 'throw' || fault.fault === 'hang';
    if (breaks && !breakContract.includes(fault.fault)) {
      throw new InvalidOptionError(
        'breakContract',
        breakContract,
        `an array with "${fault.fault}", to break the contract`,
      );
    }
  }
}
