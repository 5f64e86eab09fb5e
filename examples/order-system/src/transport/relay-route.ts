/** How the relay's process reaches the broker. Handed to it when it starts; may hold a credential. */
export type RelayRoute = {
  /** Over the channel to its parent, where the broker is. */
  readonly transport: 'memory';
};
