import { mermaidText } from '../mermaid/mermaid-text.ts';
import type { ExploredStep } from './exploration.ts';
import { changeText } from './step-teller.ts';

/** A step with whom it is about besides the saga. */
export interface DrawnStep {
  readonly step: ExploredStep;
  /** Who takes the command, or from whom the event comes. */
  readonly other: string;
  readonly isToSaga: boolean;
}

export interface SequenceDiagramOptions {
  readonly saga: string;
  readonly steps: readonly DrawnStep[];
  readonly repeatsFrom: number | null;
  /** What is wrong in the end. */
  readonly end: string;
}

/** A Mermaid sequence diagram: who takes part is a lifeline; a message is drawn when it arrives. */
export function sequenceDiagram({ saga, steps, repeatsFrom, end }: SequenceDiagramOptions): string {
  const others = [...new Set(steps.filter(({ step }) => step.kind !== 'timer').map(({ other }) => other))];
  const ids = new Map(others.map((other, index) => [other, `p${index + 1}`]));
  const lines = ['sequenceDiagram', `  participant s as ${mermaidText(saga)}`];
  for (const [other, id] of ids) {
    lines.push(`  ${other === 'a person' ? 'actor' : 'participant'} ${id} as ${mermaidText(other)}`);
  }
  for (const [index, drawn] of steps.entries()) {
    if (index === repeatsFrom) lines.push('  loop for ever');
    lines.push(...linesOf(drawn, ids.get(drawn.other) ?? 's'));
  }
  if (repeatsFrom !== null) lines.push('  end');
  lines.push(`  Note over s: ${mermaidText(end)}`);
  return lines.join('\n');
}

function linesOf({ step, isToSaga }: DrawnStep, other: string): readonly string[] {
  const name = mermaidText(`${step.number}. ${nameOf(step)}`);
  if (step.kind === 'timer') return [`  s->>s: ${name}`, noteOf('s', sagaNote(step))];
  const arrow = step.kind === 'lost' ? '-x' : '-)';
  const line = isToSaga ? `  ${other}${arrow}s: ${name}` : `  s${arrow}${other}: ${name}`;
  if (step.kind === 'lost') return [line];
  const note = isToSaga
    ? noteOf('s', sagaNote(step))
    : noteOf(other, [step.outcome, ...step.world.map(changeText)].join(', '));
  return [line, note];
}

function nameOf({ kind, name, redelivered }: ExploredStep): string {
  if (kind === 'timer') return `timer ${name} runs out`;
  return redelivered ? `${name} once more` : name;
}

function sagaNote({ from, to, outcome }: ExploredStep): string {
  if (outcome !== 'moved') return outcome === 'failed' ? 'it fails' : `${outcome} in ${from ?? 'no state'}`;
  return from === to ? `${to} again` : `${from ?? 'begins'} → ${to}`;
}

function noteOf(lifeline: string, text: string): string {
  return `  Note over ${lifeline}: ${mermaidText(text)}`;
}
