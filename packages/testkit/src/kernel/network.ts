/** Which servers can be reached from which processes. */
export class Network {
  readonly #down = new Map<string, number>();
  readonly #cut = new Map<string, number>();

  /** Takes a server away; overlapping outages add up. */
  takeDown(server: string): void {
    this.#down.set(server, (this.#down.get(server) ?? 0) + 1);
  }

  bringUp(server: string): void {
    this.#down.set(server, Math.max(0, (this.#down.get(server) ?? 0) - 1));
  }

  cut(process: string, server: string): void {
    const way = `${process} ${server}`;
    this.#cut.set(way, (this.#cut.get(way) ?? 0) + 1);
  }

  mend(process: string, server: string): void {
    const way = `${process} ${server}`;
    const cuts = (this.#cut.get(way) ?? 0) - 1;
    if (cuts > 0) this.#cut.set(way, cuts);
    else this.#cut.delete(way);
  }

  isDown(server: string): boolean {
    return (this.#down.get(server) ?? 0) > 0;
  }

  isCut(process: string, server: string): boolean {
    if (this.#cut.size === 0) return false;
    return (this.#cut.get(`${process} ${server}`) ?? 0) > 0;
  }

  heal(): void {
    this.#down.clear();
    this.#cut.clear();
  }
}
