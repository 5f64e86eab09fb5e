import { type Finding, integerOption } from '@holdfast/core';
import { runnerPreflight } from '@holdfast/sql';
import type { SagaParts } from './saga-parts.ts';

export interface SagaPreflightOptions {
  /** How late an answer of a participant may come, redeliveries and redriven dead letters included, in milliseconds. */
  readonly longestAnswerMs: number;
}

const LATE_MS = 60_000;

/** What may break the promises of sagas in the settings. Changes nothing. @throws the database's error, InvalidOptionError */
export async function sagaPreflight<Tx>(
  parts: SagaParts<Tx>,
  { longestAnswerMs }: SagaPreflightOptions,
): Promise<readonly Finding[]> {
  const longestMs = integerOption('longestAnswerMs', longestAnswerMs, { min: 0 });
  return [
    ...retentionFindings(parts, longestMs),
    await timersFinding(parts),
    ...(await runnerPreflight(parts.transactions, parts)),
  ];
}

function retentionFindings<Tx>({ definitions }: SagaParts<Tx>, longestMs: number): readonly Finding[] {
  return definitions.sagas.flatMap((saga) =>
    definitions.versions(saga).map(({ version, retentionMs }): Finding => {
      const subject = `saga.${saga}.${version}.retentionMs`;
      return retentionMs < longestMs
        ? {
            subject,
            level: 'warn',
            message: `Finished instances are kept for ${retentionMs} ms, and an answer may come ${longestMs} ms late: it would find nothing to undo; raise "retentionMs" to at least that.`,
          }
        : {
            subject,
            level: 'ok',
            message: `Finished instances are kept for ${retentionMs} ms, not shorter than an answer may be late.`,
          };
    }),
  );
}

async function timersFinding<Tx>({ definitions, store, transactions }: SagaParts<Tx>): Promise<Finding> {
  const subject = 'saga.timers';
  const [oldest] = await store.timers.due(transactions, { sagas: definitions.sagas, limit: 1 });
  return oldest !== undefined && oldest.overdueMs > LATE_MS
    ? {
        subject,
        level: 'warn',
        message: `A timer has been due for ${oldest.overdueMs} ms: start a SagaWorker for these sagas in one of the processes.`,
      }
    : { subject, level: 'ok', message: 'No timer is late.' };
}
