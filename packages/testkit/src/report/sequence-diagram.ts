import type { TraceEvent } from '../kernel/trace.ts';
import { cutText, eventText } from './event-text.ts';
import { type SelectionOptions, selectEvents } from './selected-events.ts';

const MOST_TEXT = 80;

/** The same course as a Mermaid `sequenceDiagram`: processes and what they talk to side by side, I/O as arrows, faults as notes. */
export function sequenceDiagram(events: readonly TraceEvent[], options: SelectionOptions = {}): string {
  const { places, rows } = selectEvents(events, { maxEvents: 40, ...options });
  const participants = new Participants(places);
  const steps = rows.map((row) => (typeof row === 'number' ? participants.gap(row) : stepOf(row, participants)));
  return ['sequenceDiagram', ...participants.lines(), ...steps]
    .map((line, index) => (index === 0 ? line : `  ${line}`))
    .join('\n');
}

/** Names that are safe in Mermaid for whatever places and targets are called. */
class Participants {
  readonly #ids = new Map<string, string>();

  constructor(places: readonly string[]) {
    for (const place of places) this.idOf(place);
  }

  idOf(name: string): string {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = `p${this.#ids.size + 1}`;
      this.#ids.set(name, id);
    }
    return id;
  }

  lines(): readonly string[] {
    return [...this.#ids].map(([name, id]) => `participant ${id} as ${mermaidText(name)}`);
  }

  gap(count: number): string {
    const ids = [...this.#ids.values()];
    const over = ids.length > 1 ? `${ids[0]},${ids.at(-1)}` : (ids[0] ?? this.idOf('run'));
    return `Note over ${over}: ${count} more`;
  }
}

function stepOf(event: TraceEvent, participants: Participants): string {
  const from = participants.idOf(event.place);
  const { kind, label } = event;
  if (kind !== 'io' && kind !== 'failed') return `Note over ${from}: ${mermaidText(eventText(event))}`;
  const dot = label.indexOf('.');
  const to = dot > 0 ? participants.idOf(label.slice(0, dot)) : from;
  const what = dot > 0 ? label.slice(dot + 1) : label;
  return `${from}${kind === 'io' ? '->>' : '-x'}${to}: ${mermaidText(kind === 'io' ? what : `${what} failed`)}`;
}

/** `;` ends a statement, `#` begins an entity, `<` and `>` are markup, `%%` is a comment. */
function mermaidText(text: string): string {
  const line = cutText(text, MOST_TEXT).trim();
  const escaped = line.replaceAll(/[#;<>%&"]/g, (character) => `#${character.charCodeAt(0)};`);
  return escaped === '' ? '-' : escaped;
}
