import { callbacksOf } from './callbacks.ts';
import type { IoSite } from './io-site.ts';
import { currentProcess } from './process-context.ts';
import type { Simulation } from './simulation.ts';

export interface PortOptions extends Omit<IoSite, 'label' | 'messages' | 'lane'> {
  /** Methods and properties that are passed through as they are: those that do no I/O. @default none */
  readonly except?: readonly string[];
}

interface PortPlace {
  readonly label: string;
  readonly options: PortOptions;
}

/**
 * An object whose methods are I/O: each call of one happens later, outside of the caller's process, and may be refused, lost, or the
 * caller's last. Functions among its arguments run in the caller's process, and end with it. Objects in its properties are ports as well. A method that does not return a promise must be in `except`.
 */
export function portOf<Port extends object>(simulation: Simulation, port: Port, place: PortPlace): Port {
  const members = new Map<PropertyKey, { readonly value: unknown; readonly member: unknown }>();
  // A proxy of a frozen object must show its members as they are.
  const shadow: Port = Object.isExtensible(port) ? port : Object.create(port);
  return new Proxy(shadow, {
    get(_, name) {
      const value = Reflect.get(port, name, port);
      if (typeof name === 'symbol') return value;
      const known = members.get(name);
      if (known !== undefined && known.value === value) return known.member;
      const member = memberOf({ simulation, place }, { target: port, name, value });
      if (member !== value) members.set(name, { value, member });
      return member;
    },
    set: (_, name, value) => Reflect.set(port, name, value, port),
  });
}

interface Member {
  readonly target: object;
  readonly name: string;
  readonly value: unknown;
}

function memberOf(
  { simulation, place }: { simulation: Simulation; place: PortPlace },
  { target, name, value }: Member,
): unknown {
  const { except = [], ...site } = place.options;
  const label = `${place.label}.${name}`;
  if (except.includes(name)) return typeof value === 'function' ? value.bind(target) : value;
  if (typeof value === 'object' && value !== null) return portOf(simulation, value, { label, options: place.options });
  if (typeof value !== 'function') return value;
  return (...args: unknown[]) => {
    if (currentProcess() === null) return Reflect.apply(value, target, args);
    const given = callbacksOf(args);
    return simulation.io({ ...site, label }, () => Reflect.apply(value, target, given));
  };
}
