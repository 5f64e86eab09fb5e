export interface Graph {
  readonly size: number;
  /** Whether a node counts; edges to those that do not are not followed. */
  has(node: number): boolean;
  successors(node: number): readonly number[];
}

interface Visit {
  readonly node: number;
  readonly successors: readonly number[];
  next: number;
}

/** The sets of nodes that reach each other by at least one edge, by Tarjan's algorithm with a stack of its own: graphs are deep here. */
export function strongComponents(graph: Graph): readonly (readonly number[])[] {
  const walk = new TarjanWalk(graph);
  for (let node = 0; node < graph.size; node += 1) {
    if (graph.has(node)) walk.from(node);
  }
  return walk.components;
}

class TarjanWalk {
  readonly components: (readonly number[])[] = [];
  readonly #graph: Graph;
  /** The order of the first visit, from 1; 0: not yet. */
  readonly #order: Int32Array;
  readonly #low: Int32Array;
  readonly #isOpen: Uint8Array;
  readonly #open: number[] = [];
  #visited = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#order = new Int32Array(graph.size);
    this.#low = new Int32Array(graph.size);
    this.#isOpen = new Uint8Array(graph.size);
  }

  from(root: number): void {
    if (this.#order[root] !== 0) return;
    const visits = [this.#enter(root)];
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const to = visit.successors[visit.next];
      visit.next += 1;
      if (to === undefined) {
        visits.pop();
        this.#leave(visit);
        const above = visits.at(-1);
        if (above !== undefined) this.#lower(above.node, this.#low[visit.node] ?? 0);
      } else if (this.#order[to] === 0) {
        visits.push(this.#enter(to));
      } else if (this.#isOpen[to] === 1) {
        this.#lower(visit.node, this.#order[to] ?? 0);
      }
    }
  }

  #enter(node: number): Visit {
    this.#visited += 1;
    this.#order[node] = this.#visited;
    this.#low[node] = this.#visited;
    this.#isOpen[node] = 1;
    this.#open.push(node);
    return { node, successors: this.#graph.successors(node).filter((to) => this.#graph.has(to)), next: 0 };
  }

  #leave({ node, successors }: Visit): void {
    if (this.#low[node] !== this.#order[node]) return;
    const component = this.#open.splice(this.#open.lastIndexOf(node));
    for (const member of component) this.#isOpen[member] = 0;
    if (component.length > 1 || successors.includes(node)) this.components.push(component);
  }

  #lower(node: number, low: number): void {
    if (low < (this.#low[node] ?? 0)) this.#low[node] = low;
  }
}
