import type { StandardSchemaV1 } from '@standard-schema/spec';
import { InvalidMessageError } from '../errors/invalid-message-error.ts';
import { UnknownEventTypeError } from '../errors/unknown-event-type-error.ts';
import { UnknownEventVersionError } from '../errors/unknown-event-version-error.ts';
import { stringOption } from '../options/string-option.ts';
import { decodeEnvelope } from './decode-envelope.ts';
import type { Envelope } from './envelope.ts';
import { EventSchemas } from './event-schemas.ts';
import type { LatestVersion, UpcastOption, VersionedSchemas } from './event-versions.ts';
import type { Message } from './message.ts';
import type { MessageLimits } from './message-limits.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import { attributeLimits } from './text-problem.ts';

/** What can be said about one message besides its data. See {@link OutgoingMessage}. */
export interface EventOptions {
  readonly id?: string | undefined;
  readonly key?: string | undefined;
  readonly subject?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly extensions?: Readonly<Record<string, string>> | undefined;
  readonly delayMs?: number | undefined;
}

/** An event: call it to make a message, give it to an {@link EventRegistry} to receive. */
export interface EventDefinition<Type extends string, Input, Data> {
  /** A message with validated data. @throws SchemaValidationError, AsyncSchemaError */
  (data: Input, options?: EventOptions): OutgoingMessage<Data>;
  readonly type: Type;
  readonly latestVersion: number;
  /** Whether a decoded message is of this event; narrows its data. */
  is(message: Message): message is Message<Data>;
  /**
   * A received message of this event, upcast to the newest version and validated. Without `dataschema` it counts as
   * the newest version. @throws UnknownEventTypeError, UnknownEventVersionError, SchemaValidationError,
   * MalformedMessageError, MessageTooLargeError
   */
  decode(envelope: Envelope, limits?: MessageLimits): Message<Data>;
}

/** Any event, for lists of them. */
export type AnyEventDefinition = EventDefinition<string, never, unknown>;

export type EventSpec<Schemas extends VersionedSchemas> = UpcastOption<Schemas> & {
  /** A synchronous Standard Schema per version, without gaps. It must accept its own output after JSON. */
  readonly versions: Schemas;
  /** The ordering key, taken from the data. */
  readonly key?: (data: StandardSchemaV1.InferOutput<Schemas[LatestVersion<Schemas>]>) => string;
  /** The CloudEvents subject, taken from the data. */
  readonly subject?: (data: StandardSchemaV1.InferOutput<Schemas[LatestVersion<Schemas>]>) => string;
  /** The URI of a version's schema. @default `urn:holdfast:schema:<type>:<version>` */
  readonly dataschema?: (version: number) => string;
};

/**
 * Defines an event: its type and the schema of each version. Data is validated when a message is made and when one is
 * received; older versions are upcast to the newest, newer ones throw {@link UnknownEventVersionError}.
 * @example
 * const orderPlaced = defineEvent('order.placed', {
 *   versions: { 1: z.object({ orderId: z.string(), cents: z.int() }) },
 *   key: (order) => order.orderId,
 * });
 */
export function defineEvent<const Type extends string, const Schemas extends VersionedSchemas>(
  type: Type,
  spec: EventSpec<Schemas>,
): EventDefinition<
  Type,
  StandardSchemaV1.InferInput<Schemas[LatestVersion<Schemas>]>,
  StandardSchemaV1.InferOutput<Schemas[LatestVersion<Schemas>]>
> {
  type Input = StandardSchemaV1.InferInput<Schemas[LatestVersion<Schemas>]>;
  type Data = StandardSchemaV1.InferOutput<Schemas[LatestVersion<Schemas>]>;
  const event = new DefinedEvent<Data>(type, spec as DefinedEventSpec<Data>);
  const make = (data: Input, options?: EventOptions) => event.make(data, options);
  return Object.assign(make, {
    type,
    latestVersion: event.latestVersion,
    is: (message: Message): message is Message<Data> => message.type === type,
    decode: (envelope: Envelope, limits?: MessageLimits) => event.decode(envelope, limits),
  });
}

interface DefinedEventSpec<Data> {
  readonly versions: VersionedSchemas;
  readonly upcast?: Readonly<Record<number, (data: never) => unknown>>;
  readonly key?: (data: Data) => string;
  readonly subject?: (data: Data) => string;
  readonly dataschema?: (version: number) => string;
}

class DefinedEvent<Data> {
  readonly #type: string;
  readonly #spec: DefinedEventSpec<Data>;
  readonly #schemas: EventSchemas;
  readonly #versionOf = new Map<string, number>();
  readonly #dataschema: string;
  #roundTrips = false;

  constructor(type: string, spec: DefinedEventSpec<Data>) {
    this.#type = stringOption('type', type, { maxBytes: attributeLimits.type });
    this.#spec = spec;
    this.#schemas = new EventSchemas({ type, versions: spec.versions, upcast: spec.upcast ?? {} });
    const uri = spec.dataschema ?? ((version: number) => `urn:holdfast:schema:${encodeURIComponent(type)}:${version}`);
    for (let version = this.#schemas.oldestVersion; version <= this.latestVersion; version += 1) {
      this.#versionOf.set(stringOption('dataschema', uri(version), { maxBytes: 768 }), version);
    }
    this.#dataschema = uri(this.latestVersion);
  }

  get latestVersion(): number {
    return this.#schemas.latestVersion;
  }

  make(input: unknown, options: EventOptions = {}): OutgoingMessage<Data> {
    const data = this.#schemas.validate(this.latestVersion, input) as Data;
    if (!this.#roundTrips) this.#checkRoundTrip(data);
    const { id, key = this.#spec.key?.(data), subject = this.#spec.subject?.(data) } = options;
    const { correlationId, causationId, extensions, delayMs } = options;
    return {
      type: this.#type,
      data,
      dataschema: this.#dataschema,
      ...(id !== undefined && { id }),
      ...(key !== undefined && { key }),
      ...(subject !== undefined && { subject }),
      ...(correlationId !== undefined && { correlationId }),
      ...(causationId !== undefined && { causationId }),
      ...(extensions !== undefined && { extensions }),
      ...(delayMs !== undefined && { delayMs }),
    };
  }

  decode(envelope: Envelope, limits?: MessageLimits): Message<Data> {
    const { type, attributes } = envelope;
    if (type !== this.#type) throw new UnknownEventTypeError(type);
    const { dataschema } = attributes;
    const version = dataschema === undefined ? this.latestVersion : this.#versionOf.get(dataschema);
    if (version === undefined) throw new UnknownEventVersionError(type, dataschema ?? '', this.latestVersion);
    const message = decodeEnvelope(envelope, limits);
    return { ...message, data: this.#schemas.upcast(version, message.data) as Data };
  }

  /** A schema that refuses its own output would dead-letter every message; the first one made finds that out. */
  #checkRoundTrip(data: Data): void {
    let received: unknown;
    try {
      received = JSON.parse(JSON.stringify(data) ?? 'null');
    } catch {
      return; // Not JSON: the encoder says where.
    }
    try {
      this.#schemas.validate(this.latestVersion, received);
    } catch (cause) {
      throw new InvalidMessageError(
        'data',
        `is made by a schema of ${this.#type} that refuses its own output after JSON`,
        {
          cause,
        },
      );
    }
    this.#roundTrips = true;
  }
}
