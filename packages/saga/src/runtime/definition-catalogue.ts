import {
  type AnyEventDefinition,
  EventRegistry,
  InvalidOptionError,
  type Message,
  UnknownEventTypeError,
} from '@holdfast/core';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import { UnknownDefinitionVersionError } from '../errors/unknown-definition-version-error.ts';
import type { SagaId } from '../store/saga-id.ts';

/** The definitions of a runtime: several sagas, each in one version or more. */
export class DefinitionCatalogue {
  /** All events that any of them takes. */
  readonly events: EventRegistry;
  /** Of each saga the versions, the newest first. */
  readonly #versions: ReadonlyMap<string, readonly SagaDefinition[]>;
  readonly #byType: ReadonlyMap<string, readonly SagaDefinition[]>;

  /** @throws InvalidOptionError */
  constructor(definitions: readonly SagaDefinition[]) {
    if (definitions.length === 0) throw new InvalidOptionError('definitions', definitions, 'at least one definition');
    this.#versions = versionsOf(definitions);
    const events = eventsOf(definitions);
    this.events = new EventRegistry([...events.values()]);
    const newest = [...this.#versions.values()];
    this.#byType = new Map(
      [...events.keys()].map((type) => [
        type,
        newest.flatMap((versions) => versions.find((version) => version.eventName(type) !== undefined) ?? []),
      ]),
    );
  }

  get sagas(): readonly string[] {
    return [...this.#versions.keys()];
  }

  /** The instances that a message is for; they need not exist. @throws UncorrelatedEventError, UnknownEventTypeError */
  targetsOf(message: Message): readonly SagaId[] {
    const definitions = this.#byType.get(message.type);
    if (definitions === undefined) throw new UnknownEventTypeError(message.type);
    return definitions.map((definition) => ({ saga: definition.name, key: definition.keyOf(message) }));
  }

  versions(saga: string): readonly SagaDefinition[] {
    return this.#versions.get(saga) ?? [];
  }

  /** @throws InvalidOptionError */
  newest(saga: string): SagaDefinition {
    const [newest] = this.versions(saga);
    if (newest === undefined) throw new InvalidOptionError('saga', saga, `one of ${this.sagas.join(', ')}`);
    return newest;
  }

  /** @throws UnknownDefinitionVersionError */
  version(saga: string, version: number): SagaDefinition {
    const found = this.versions(saga).find((definition) => definition.version === version);
    if (found === undefined) throw new UnknownDefinitionVersionError(saga, version);
    return found;
  }
}

function versionsOf(definitions: readonly SagaDefinition[]): ReadonlyMap<string, readonly SagaDefinition[]> {
  const bySaga = new Map<string, SagaDefinition[]>();
  for (const definition of definitions) {
    const versions = bySaga.get(definition.name) ?? [];
    if (versions.some(({ version }) => version === definition.version)) {
      throw new InvalidOptionError(
        'definitions',
        `${definition.name} ${definition.version}`,
        'each version of a saga once',
      );
    }
    bySaga.set(
      definition.name,
      [...versions, definition].sort((a, b) => b.version - a.version),
    );
  }
  return bySaga;
}

/** One event may be shared by definitions; two that only have the type in common would decode differently. */
function eventsOf(definitions: readonly SagaDefinition[]): ReadonlyMap<string, AnyEventDefinition> {
  const events = new Map<string, AnyEventDefinition>();
  for (const event of definitions.flatMap((definition) => [...definition.events.values()])) {
    const known = events.get(event.type);
    if (known !== undefined && known !== event) {
      throw new InvalidOptionError('definitions', event.type, 'one definition of each event type, shared by all sagas');
    }
    events.set(event.type, event);
  }
  return events;
}
