/** Something that must not be. */
export interface Problem {
  /** The rule, e.g. `nothing is lost`. */
  readonly check: string;
  /** What contradicts it, with the ids that tell where to look; no payload. */
  readonly message: string;
}
