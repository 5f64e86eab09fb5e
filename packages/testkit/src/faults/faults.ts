import type { FaultKind } from './fault.ts';
import type { FaultProfile } from './fault-profile.ts';
import { noFaults } from './fault-source.ts';
import { type SwarmOptions, SwarmProfile } from './swarm-profile.ts';

const none: FaultProfile = { name: 'none', source: () => noFaults };

/** What goes wrong in the runs of a campaign. */
export const faults = {
  /** Nothing. */
  none(): FaultProfile {
    return none;
  },

  /** Everything, in a mixture that each run draws for itself: of each kind much, little or none. */
  swarm(options: SwarmOptions = {}): FaultProfile {
    return new SwarmProfile({ ...options, name: 'swarm', withZero: true });
  },

  /** Only these kinds, each in every run, much or little. @throws InvalidOptionError */
  only(...kinds: readonly FaultKind[]): FaultProfile {
    return new SwarmProfile({ name: `only ${kinds.join(', ')}`, kinds, withZero: false });
  },
};
