/** A planted bug: a small change of one source file of the library, or of a handler as teams write them. */
export interface Mutant {
  readonly id: string;
  /** The mistake in plain English. */
  readonly what: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** A second change of the file, when the mistake has two places. */
  readonly also?: { readonly find: string; readonly replace: string };
  /** The world that is to catch it. */
  readonly world: string;
}
