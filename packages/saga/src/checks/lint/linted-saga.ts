import type { SagaDefinition, StateDefinition } from '../../definition/saga-definition.ts';
import { type DefinitionEdge, edgesOf } from '../definition-edge.ts';

/** A definition with what rules want to know of it. Guards are taken to hold and not to hold. */
export class LintedSaga {
  readonly definition: SagaDefinition;
  /** All transitions, in unreachable states, too. */
  readonly edges: readonly DefinitionEdge[];
  /** Names of the states that instances can come to. */
  readonly reachable: ReadonlySet<string>;

  constructor(definition: SagaDefinition) {
    this.definition = definition;
    this.edges = edgesOf(definition);
    const starts = this.edges.filter(({ from }) => from === null).map(({ to }) => to);
    this.reachable = this.reachableFrom(starts);
  }

  /** Reachable states in the definition's order. */
  get states(): readonly StateDefinition[] {
    return [...this.definition.states.values()].filter(({ name }) => this.reachable.has(name));
  }

  /** Transitions that can be taken: of reachable states and of the start. */
  get liveEdges(): readonly DefinitionEdge[] {
    return this.edges.filter(({ from, isShadowed }) => !isShadowed && (from === null || this.reachable.has(from)));
  }

  edgesFrom(state: string): readonly DefinitionEdge[] {
    return this.edges.filter(({ from, isShadowed }) => from === state && !isShadowed);
  }

  /** The states and those that follow them, by transitions that are wanted. */
  reachableFrom(
    states: readonly string[],
    isWanted: (edge: DefinitionEdge) => boolean = () => true,
  ): ReadonlySet<string> {
    const reached = new Set(states);
    for (const state of reached) {
      for (const edge of this.edgesFrom(state)) {
        if (isWanted(edge)) reached.add(edge.to);
      }
    }
    return reached;
  }
}
