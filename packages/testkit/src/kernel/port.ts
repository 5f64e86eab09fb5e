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
 * caller's last. Objects in its properties are ports as well. A method that does not return a promise must be in `except`.
 */
export function portOf<Port extends object>(simulation: Simulation, port: Port, place: PortPlace): Port {
  const members = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, name) {
      const known = members.get(name);
      if (known !== undefined) return known;
      const value = Reflect.get(target, name, target);
      if (typeof name === 'symbol') return value;
      const member = memberOf({ simulation, place }, { target, name, value });
      if (member !== value) members.set(name, member);
      return member;
    },
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
    return simulation.io({ ...site, label }, () => Reflect.apply(value, target, args));
  };
}
