import { quoted } from '@holdfast/core';
import type { DataChange } from '../runtime/data-change.ts';
import type { ShownEntry, ShownSaga } from './shown-saga.ts';

const MAX_VALUE_LENGTH = 120;
const MAX_CHANGES = 30;

/**
 * What happened to an instance, as text for a terminal: one entry after another, with what it changed and sent, and what it waits for.
 * Texts from outside are bounded and without control characters.
 */
export function sagaTimeline({ instance, history, timers, parked, takes }: ShownSaga): string {
  const { saga, key, definitionVersion, state, kind, startedAt, finishedAt } = instance;
  const ended = finishedAt === null ? '' : `, over since ${at(finishedAt)}`;
  return [
    `${saga} ${quoted(key, 200)} (version ${definitionVersion}): ${state} [${kind}], began ${at(startedAt)}${ended}`,
    ...history.flatMap(entryLines),
    ...timers.map(
      ({ timer, dueAt, failures, lastError }) =>
        `timer ${timer} due ${at(dueAt)}${failures === 0 ? '' : `, failed ${failures} times: ${plain(lastError ?? '')}`}`,
    ),
    ...parked.map(({ type, id, parkedAt }) => `parked ${plain(type)} ${plain(id)} since ${at(parkedAt)}`),
    `takes actions: ${listed(takes.actions)}; events: ${listed(takes.events)}`,
  ].join('\n');
}

function entryLines(entry: ShownEntry): readonly string[] {
  const { number, cause, name, from, to, label, actor, reason, messageId } = entry;
  const move = from === to ? `stays ${to}` : `${from ?? 'begins'} → ${to}`;
  const by = label === null ? '' : ` [${plain(label)}]`;
  const message = messageId === null ? '' : ` (${plain(messageId)})`;
  const { sent, changes } = entry;
  const cut = changes.length - MAX_CHANGES;
  return [
    `${String(number).padStart(3)}. ${at(entry.at)} ${cause} ${plain(name)}${message}: ${move}${by}`,
    ...(actor === null ? [] : [`       by ${plain(actor)}: ${plain(reason ?? '', 500)}`]),
    ...changes.slice(0, MAX_CHANGES).map((change) => `       ${changeText(change)}`),
    ...(cut > 0 ? [`       and ${cut} more changes`] : []),
    ...(sent.length === 0 ? [] : [`       sent ${sent.map(({ type }) => plain(type)).join(', ')}`]),
  ];
}

function changeText(change: DataChange): string {
  const path = change.path === '' ? 'data' : plain(change.path, 200);
  const [hasBefore, hasAfter] = ['before' in change, 'after' in change];
  if (hasBefore && hasAfter) return `${path}: ${value(change.before)} → ${value(change.after)}`;
  if (hasBefore) return `${path}: ${value(change.before)} is gone`;
  return hasAfter ? `${path}: ${value(change.after)}` : path;
}

function value(data: unknown): string {
  return plain(JSON.stringify(data) ?? 'nothing', MAX_VALUE_LENGTH);
}

function at(time: number): string {
  return new Date(time).toISOString();
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '(none)' : names.map((name) => plain(name)).join(', ');
}

/** On one line, bounded, without control characters. */
function plain(text: string, maxLength = 80): string {
  return quoted(text, maxLength).slice(1, -1);
}
