import type { HistoryEntry } from '../../store/history-entry.ts';
import type { ParkedEvent } from '../../store/parked-event.ts';
import type { SagaWrite } from '../../store/saga-write.ts';
import type { StoredSaga } from '../../store/stored-saga.ts';
import type { StoredTimer } from '../../store/timer-store.ts';

export const SAGA = 'order';

export function id(key: string, saga = SAGA): { readonly saga: string; readonly key: string } {
  return { saga, key };
}

export function entry(number: number, changes: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    number,
    cause: 'event',
    name: 'payment.succeeded',
    messageSource: '/payment',
    messageId: `m${number}`,
    from: 'paying',
    to: 'reserving',
    label: null,
    changes: '[]',
    sent: '[]',
    actor: null,
    reason: null,
    ...changes,
  };
}

/** What begins an instance. */
export function begun(key: string, changes: Partial<SagaWrite> = {}): SagaWrite {
  return {
    saga: SAGA,
    key,
    expectedVersion: null,
    definitionVersion: 1,
    state: 'paying',
    kind: 'active',
    data: '{"total":12}',
    version: 1,
    transitions: 1,
    correlationId: `correlation of ${key}`,
    parked: 0,
    keepMs: null,
    history: [entry(1, { from: null, to: 'paying', name: 'order.placed', messageSource: '/shop' })],
    cancel: [],
    schedule: [],
    park: [],
    release: [],
    ...changes,
  };
}

/** What moves an instance on from what was written before. */
export function moved(before: SagaWrite, changes: Partial<SagaWrite> = {}): SagaWrite {
  return {
    ...before,
    expectedVersion: before.version,
    version: before.version + 1,
    transitions: before.transitions + 1,
    state: 'reserving',
    data: '{"total":12,"paid":true}',
    keepMs: null,
    history: [entry(before.transitions + 1)],
    cancel: [],
    schedule: [],
    park: [],
    release: [],
    ...changes,
  };
}

/** What ends an instance. */
export function ended(before: SagaWrite, keepMs: number, changes: Partial<SagaWrite> = {}): SagaWrite {
  return moved(before, { state: 'completed', kind: 'final', keepMs, ...changes });
}

/** What {@link SagaWrite} leaves of an instance. */
export function storedOf(write: SagaWrite): StoredSaga {
  const { saga, key, definitionVersion, state, kind, data, version, transitions, correlationId, parked } = write;
  return { saga, key, definitionVersion, state, kind, data, version, transitions, correlationId, parked };
}

export function event(name: string): ParkedEvent {
  return { source: '/payment', id: name, type: 'payment.succeeded', message: `{"id":"${name}"}` };
}

export function timerOf(write: SagaWrite, timer: string): StoredTimer {
  return { saga: write.saga, key: write.key, timer, epoch: write.version };
}

/** Text that a careless statement would take for something else. */
export const HOSTILE = `it's "a" -- k; drop table x; \\ {a,"b"} NULL $1 ?1 \u{1f600} ${'é'.repeat(50)}`;
