/** The environment variable that hands a {@link RelayRoute} to the relay's process. */
export const RELAY_ROUTE_VARIABLE = 'ORDER_SYSTEM_RELAY_ROUTE';
