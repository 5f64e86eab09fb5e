import { brokenCarriers } from './broken-carriers.ts';
import { brokenClosers } from './broken-closers.ts';
import { brokenDeadLetterers } from './broken-dead-letterers.ts';
import { brokenNetworkers } from './broken-networkers.ts';
import { brokenOrderers } from './broken-orderers.ts';
import { brokenSharers } from './broken-sharers.ts';
import { brokenTopologies } from './broken-topologies.ts';
import type { BrokenTransport } from './broken-transport.ts';

/** Wrong adapters, by the rule on a whole transport that finds them. */
export const brokenTransports: Readonly<Record<string, readonly BrokenTransport[]>> = {
  ...brokenTopologies,
  ...brokenCarriers,
  ...brokenSharers,
  ...brokenOrderers,
  ...brokenDeadLetterers,
  ...brokenNetworkers,
  ...brokenClosers,
};
