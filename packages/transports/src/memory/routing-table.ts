import type { QueueChannel } from './queue-channel.ts';

/** Which queues get a message of a type, in the order of their declaration. */
export class RoutingTable {
  readonly #byType = new Map<string, QueueChannel[]>();
  readonly #ofAllTypes: QueueChannel[] = [];

  /** @param types `*` alone is every type. */
  bind(channel: QueueChannel, types: readonly string[]): void {
    if (types.includes('*')) {
      for (const channels of this.#byType.values()) channels.push(channel);
      this.#ofAllTypes.push(channel);
      return;
    }
    for (const type of new Set(types)) {
      const channels = this.#byType.get(type);
      if (channels === undefined) this.#byType.set(type, [...this.#ofAllTypes, channel]);
      else channels.push(channel);
    }
  }

  route(type: string): readonly QueueChannel[] {
    return this.#byType.get(type) ?? this.#ofAllTypes;
  }

  clear(): void {
    this.#byType.clear();
    this.#ofAllTypes.length = 0;
  }
}
