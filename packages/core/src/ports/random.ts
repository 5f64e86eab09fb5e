/** The only way to chance in Holdfast. Not for secrets. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}
