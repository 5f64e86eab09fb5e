import type { SagaDefinition } from '../../definition/saga-definition.ts';
import type { SagaNames } from '../../definition/saga-spec.ts';
import type { StateKind } from '../../definition/state-spec.ts';
import { type DefinitionEdge, edgesOf } from '../definition-edge.ts';
import { durationText } from './duration-text.ts';
import { isMermaidId, mermaidText } from './mermaid-text.ts';

export interface MermaidOptions {
  /** @default 'TB' */
  readonly direction?: 'TB' | 'LR';
  /** Shows what transitions send. @default true */
  readonly commands?: boolean;
  /** Shows what people may do. @default true */
  readonly operator?: boolean;
  /** Shows transitions that stay in their state. @default true */
  readonly stays?: boolean;
}

const STYLES: Readonly<Record<StateKind, string | null>> = {
  active: null,
  compensating: 'fill:#fff3cd,stroke:#b58105,color:#4d3800',
  attention: 'fill:#f8d7da,stroke:#b02a37,color:#58151c',
  final: 'fill:#d1e7dd,stroke:#146c43,color:#0a3622',
};

/**
 * The definition as a Mermaid state diagram (`stateDiagram-v2`), as GitHub and others show it: all states, coloured by their kind, and
 * all transitions with their guards' labels, commands and timers. The same definition gives the same text.
 */
export function toMermaid<Names extends SagaNames>(
  definition: SagaDefinition<Names>,
  options: MermaidOptions = {},
): string {
  const { direction = 'TB', operator = true, stays = true } = options;
  const ids = idsOf([...definition.states.keys()]);
  const idOf = (state: string) => ids.get(state) ?? state;
  const edges = edgesOf(definition)
    .filter(({ cause }) => operator || cause !== 'operator')
    .filter(({ transition }) => stays || transition.to !== null);
  const finals = [...definition.states.values()].filter(({ kind }) => kind === 'final');
  return [
    'stateDiagram-v2',
    `  direction ${direction}`,
    ...[...ids].flatMap(([name, id]) => (name === id ? [`  ${id}`] : [`  state "${mermaidText(name)}" as ${id}`])),
    ...edges.map((edge) => {
      const from = edge.from === null ? '[*]' : idOf(edge.from);
      return `  ${from} --> ${idOf(edge.to)} : ${labelOf(edge, options)}`;
    }),
    ...finals.map(({ name }) => `  ${idOf(name)} --> [*]`),
    ...classesOf(definition, idOf),
  ].join('\n');
}

/** A name stands for itself where Mermaid reads it as a name. */
function idsOf(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(names);
  return new Map(
    names.map((name, index) => {
      if (isMermaidId(name)) return [name, name];
      let id = `s${index + 1}`;
      while (taken.has(id)) id = `${id}_`;
      return [name, id];
    }),
  );
}

function labelOf(edge: DefinitionEdge, { commands = true }: MermaidOptions): string {
  const { transition } = edge;
  const guard = transition.label ?? (transition.when === null ? null : 'if its guard holds');
  const sent = transition.send.map(({ name }) => name);
  return [
    mermaidText(causeOf(edge)),
    ...(guard === null ? [] : [`[${mermaidText(guard)}]`]),
    ...(commands && sent.length > 0 ? [`/ ${mermaidText(sent.join(', '))}`] : []),
    ...(transition.to === null && edge.from !== null ? ['(stays)'] : []),
  ].join(' ');
}

function causeOf({ cause, name, afterMs }: DefinitionEdge): string {
  if (cause === 'event') return name;
  if (cause === 'operator') return `a person does ${name}`;
  if (typeof afterMs === 'number') return `${name}, after ${durationText(afterMs)}`;
  return `${name} runs out`;
}

function classesOf(definition: SagaDefinition, idOf: (state: string) => string): readonly string[] {
  return Object.entries(STYLES).flatMap(([kind, style]) => {
    const states = [...definition.states.values()].filter((state) => state.kind === kind);
    if (style === null || states.length === 0) return [];
    return [`  classDef ${kind} ${style}`, `  class ${states.map(({ name }) => idOf(name)).join(',')} ${kind}`];
  });
}
