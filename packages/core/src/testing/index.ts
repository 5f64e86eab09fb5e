export { type HostileBody, hostileJsonBodies } from './hostile-json-bodies.ts';
export { hostileNames } from './hostile-names.ts';
export { hostileStrings } from './hostile-strings.ts';
export { ManualClock, type ManualClockOptions } from './manual-clock.ts';
export { SeededRandom } from './seeded-random.ts';
