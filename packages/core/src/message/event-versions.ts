import type { StandardSchemaV1 } from '@standard-schema/spec';

/** Schemas by version number. */
export type VersionedSchemas = Readonly<Record<number, StandardSchemaV1>>;

type TupleOf<Length extends number, Tuple extends readonly unknown[] = []> = Tuple['length'] extends Length
  ? Tuple
  : TupleOf<Length, [...Tuple, unknown]>;

/** The number after a literal number below 999. */
export type Successor<Version extends number> = [...TupleOf<Version>, unknown]['length'] & number;

type Versions<Schemas> = keyof Schemas & number;

/** The version that no other follows. */
export type LatestVersion<Schemas> = {
  [Version in Versions<Schemas>]: Successor<Version> extends keyof Schemas ? never : Version;
}[Versions<Schemas>];

type OlderVersion<Schemas> = Exclude<Versions<Schemas>, LatestVersion<Schemas>>;

type Upcaster<From, To> = From extends StandardSchemaV1
  ? To extends StandardSchemaV1
    ? (data: StandardSchemaV1.InferOutput<From>) => StandardSchemaV1.InferInput<To>
    : never
  : never;

/** For every older version a function from its data to the next version's input; none for a single version. */
export type UpcastOption<Schemas extends VersionedSchemas> = [OlderVersion<Schemas>] extends [never]
  ? { readonly upcast?: undefined }
  : {
      readonly upcast: {
        readonly [Version in OlderVersion<Schemas>]: Upcaster<
          Schemas[Version],
          Schemas[Successor<Version> & keyof Schemas]
        >;
      };
    };
