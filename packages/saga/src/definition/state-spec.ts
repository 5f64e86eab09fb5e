import type { StandardSchemaV1 } from '@standard-schema/spec';

/**
 * What a state means to a person who looks at it.
 * - `active`: it goes on by itself.
 * - `compensating`: it is being undone, and goes on by itself.
 * - `attention`: it waits for a person (and perhaps for an event, too).
 * - `final`: it is over. It may still take late events until its retention is over.
 */
export type StateKind = 'active' | 'compensating' | 'attention' | 'final';

/** A state and the data that an instance has there. */
export interface StateSpec<Data = unknown> {
  readonly kind: StateKind;
  /** Checks the data when it is stored and when it is loaded. Synchronous; it must accept its own output after JSON. */
  readonly schema: StandardSchemaV1<unknown, Data> | undefined;
}

/** A state that goes on by itself. Without a schema the data is typed and not checked. */
export function active<Data = Readonly<Record<never, never>>>(
  schema?: StandardSchemaV1<unknown, Data>,
): StateSpec<Data> {
  return spec('active', schema);
}

/** A state in which what was done is being undone. */
export function compensating<Data = Readonly<Record<never, never>>>(
  schema?: StandardSchemaV1<unknown, Data>,
): StateSpec<Data> {
  return spec('compensating', schema);
}

/** A state that waits for a person. */
export function attention<Data = Readonly<Record<never, never>>>(
  schema?: StandardSchemaV1<unknown, Data>,
): StateSpec<Data> {
  return spec('attention', schema);
}

/** A state in which it is over. */
export function final<Data = Readonly<Record<never, never>>>(
  schema?: StandardSchemaV1<unknown, Data>,
): StateSpec<Data> {
  return spec('final', schema);
}

function spec<Data>(kind: StateKind, schema: StandardSchemaV1<unknown, Data> | undefined): StateSpec<Data> {
  return { kind, schema };
}
