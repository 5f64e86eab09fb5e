import type { Observation } from '@holdfast/core';
import type { SagaAttention } from '../store/saga-queries.ts';
import type { SagaParts } from './saga-parts.ts';

const TIMER_LAG = {
  name: 'holdfast.saga.timer_lag',
  unit: 's',
  description: 'For how long the oldest timer that was not fired has been due.',
};
const ATTENTION = {
  name: 'holdfast.saga.attention',
  unit: '{instance}',
  description: 'Instances that wait for a person.',
};
const ATTENTION_AGE = {
  name: 'holdfast.saga.attention_age',
  unit: 's',
  description: 'For how long the first of the instances that wait for a person has done so.',
};

/**
 * Begins to report whether timers are late and who waits for a person, whenever metrics are collected and `isLeader` says so, so that
 * each figure is reported once. Returns the function that ends it.
 */
export function observeSagas<Tx>(parts: SagaParts<Tx>, isLeader: () => boolean): () => void {
  const { definitions, store, transactions, report } = parts;
  const { sagas } = definitions;
  const ofAttention = (of: (attention: SagaAttention) => number) => async (): Promise<readonly Observation[]> => {
    if (!isLeader()) return [];
    const found = await store.queries.attention(transactions, sagas);
    return sagas.map((saga) => {
      const attention = found.find((one) => one.saga === saga);
      return { value: attention === undefined ? 0 : of(attention), attributes: { 'holdfast.saga': saga } };
    });
  };
  const endings = [
    report.telemetry.observe(TIMER_LAG, async () => {
      if (!isLeader()) return [];
      const [oldest] = await store.timers.due(transactions, { sagas, limit: 1 });
      return [{ value: (oldest?.overdueMs ?? 0) / 1_000 }];
    }),
    report.telemetry.observe(
      ATTENTION,
      ofAttention(({ instances }) => instances),
    ),
    report.telemetry.observe(
      ATTENTION_AGE,
      ofAttention(({ oldestMs }) => oldestMs / 1_000),
    ),
  ];
  return () => {
    for (const end of endings) end();
  };
}
