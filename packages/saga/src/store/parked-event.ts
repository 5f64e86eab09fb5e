/** An event that waits until its instance begins or comes to a state that takes it. */
export interface ParkedEvent {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** The message as JSON. */
  readonly message: string;
}
