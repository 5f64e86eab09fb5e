import { type Clock, type Finding, integerOption } from '@holdfast/core';
import { runnerPreflight, type TransactionRunner } from '@holdfast/sql';
import type { InboxUpkeep } from '../housekeeping/inbox-upkeep.ts';
import type { InboxStats } from '../store/retention-store.ts';

export interface InboxPreflightOptions {
  /**
   * How long after it was sent the transport may deliver a message again, in milliseconds: 14 days for SQS at most, `unbounded`
   * for queues without expiry (RabbitMQ without a TTL), and how long after it a person may redrive a dead letter.
   */
  readonly longestRedeliveryMs: number | 'unbounded';
}

const DAY_MS = 86_400_000;

export interface PreflightSubject<Tx> {
  readonly upkeep: InboxUpkeep;
  readonly transactions: TransactionRunner<Tx>;
  readonly clock: Clock;
}

/** What may break the inbox's promises. Changes nothing. @throws the database's error */
export async function inboxPreflight<Tx>(
  { upkeep, transactions, clock }: PreflightSubject<Tx>,
  { longestRedeliveryMs }: InboxPreflightOptions,
): Promise<readonly Finding[]> {
  return [
    retentionFinding(upkeep.retentionMs, longestRedeliveryMs),
    housekeepingFinding(upkeep.retentionMs, await upkeep.stats()),
    ...(await runnerPreflight(transactions, { clock })),
  ];
}

/** Whether records are kept for as long as their messages may come again. */
export function retentionFinding(retentionMs: number, longest: InboxPreflightOptions['longestRedeliveryMs']): Finding {
  const subject = 'inbox.retentionMs';
  if (longest === 'unbounded') {
    return {
      subject,
      level: 'warn',
      message:
        `The transport may deliver a message again after any time, and records are kept for ${retentionMs} ms after the consumer has ` +
        'come past them: expire messages in the queue before that, and do not redrive dead letters that are older.',
    };
  }
  const longestMs = integerOption('longestRedeliveryMs', longest, { min: 0 });
  if (retentionMs < longestMs) {
    return {
      subject,
      level: 'refuse',
      message:
        `Records are kept for ${retentionMs} ms, and the transport may deliver a message again after ${longestMs} ms: ` +
        'the second one would be applied; raise "retentionMs" to at least that.',
    };
  }
  return {
    subject,
    level: 'ok',
    message: `Records are kept for ${retentionMs} ms, which is not less than the longest redelivery.`,
  };
}

/** Whether what is due is removed by somebody. */
export function housekeepingFinding(retentionMs: number, { oldestRecordAgeMs, lagMs }: InboxStats): Finding {
  const subject = 'inbox.housekeeping';
  const overdueMs = oldestRecordAgeMs - retentionMs - (lagMs ?? 0);
  return overdueMs > DAY_MS
    ? {
        subject,
        level: 'warn',
        message: `The oldest record is overdue by ${overdueMs} ms: start an InboxHousekeeper for the consumer in one of its processes.`,
      }
    : { subject, level: 'ok', message: 'Records do not stay longer than they are needed.' };
}
