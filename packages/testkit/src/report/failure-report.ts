import { quoted } from '@holdfast/core';
import type { Problem } from '../kernel/problem.ts';
import { describeFault } from './describe-fault.ts';
import { cutText } from './event-text.ts';
import type { FailedRun } from './failed-run.ts';
import { messageLife } from './message-life.ts';
import { sequenceDiagram } from './sequence-diagram.ts';
import { timelineTable } from './timeline-table.ts';

const MOST_PROBLEMS = 10;
const MOST_FAULTS = 20;
const MOST_LIVES = 2;
const MOST_PROBLEM_TEXT = 500;

/** A failed run for a person: what is wrong, which faults lead to it, how to see it again, the life of the message in question, and what each process did. */
export function failureReport(run: FailedRun): string {
  const { title, seed, replay, seeAlso = [], events } = run;
  const messages = messagesInQuestion(run);
  const lives = messages.map((id) => section(`Life of message ${quoted(id)}`, messageLife(events, id)));
  const parts = [
    [`${title} (seed ${seed})`, ...problemLines(run.problems)].join('\n'),
    section('What went wrong by intent', faultLines(run)),
    section('To see it again', indented(replay)),
    ...lives,
    section('What each process did', events.length === 0 ? '' : timelineTable(events, { messages })),
    seeAlso.join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The course of a failed run as a Mermaid `sequenceDiagram`. */
export function failureDiagram(run: FailedRun): string {
  return sequenceDiagram(run.events, { messages: messagesInQuestion(run) });
}

function problemLines(problems: readonly Problem[]): readonly string[] {
  const lines = problems.slice(0, MOST_PROBLEMS).flatMap(({ check, message }, index) => {
    const text = `          ${cutText(message, MOST_PROBLEM_TEXT)}`;
    return problems[index - 1]?.check === check ? [text] : [`  not so: ${check}`, text];
  });
  const more = problems.length - MOST_PROBLEMS;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}

function faultLines({ faults }: FailedRun): string {
  if (faults.length === 0) return '  nothing: it is so without any fault';
  const lines = faults.slice(0, MOST_FAULTS).map((fault) => `  ${fault.kind} ${fault.at}\n    ${describeFault(fault)}`);
  const more = faults.length - MOST_FAULTS;
  return (more > 0 ? [...lines, `  and ${more} more`] : lines).join('\n');
}

function messagesInQuestion({ messages, problems, events, faults }: FailedRun): readonly string[] {
  if (messages !== undefined) return messages.slice(0, MOST_LIVES);
  const known = new Set(events.flatMap((event) => event.messages));
  const named = [...known].filter((id) => problems.some(({ message }) => mentions(message, id)));
  if (named.length > 0) return named.slice(0, MOST_LIVES);
  // Checks name what a message is about, and ids of messages often say that too: "o-1" in "order-o-1".
  const subjects = problems.flatMap(({ message }) =>
    [...message.matchAll(/"([^"]{2,100})"/g)].map(([, id = '']) => id),
  );
  const about = [...known].filter((id) => subjects.some((subject) => isPartOf(id, subject)));
  if (about.length > 0) return about.slice(0, MOST_LIVES);
  const first = faults[0]?.at;
  // A moment belongs to what it hits.
  const place = first?.replace(/^tick\//, '').replace(/[/#].*$/, '');
  const at = events.findIndex(({ kind }) => kind === 'fault');
  const close = events.slice(Math.max(0, at)).find((event) => event.place === place && event.messages.length > 0);
  return close?.messages.slice(0, 1) ?? [];
}

/** `o-1` in `order-o-1`, not in `o-11`. */
function isPartOf(id: string, subject: string): boolean {
  return id
    .split(/[^\w-]/)
    .some((part) => part === subject || part.endsWith(`-${subject}`) || part.startsWith(`${subject}-`));
}

/** Not `o-1` in `o-11`. */
function mentions(text: string, id: string): boolean {
  if (id === '') return false;
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
    const isWord = (character: string | undefined) => character !== undefined && /[\w-]/.test(character);
    if (!isWord(text[at - 1]) && !isWord(text[at + id.length])) return true;
  }
  return false;
}

function section(heading: string, body: string): string {
  return body === '' ? '' : `${heading}\n${body}`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
