import { describe } from 'vitest';
import { postgresEffects } from './effect-world.ts';
import { performRules } from './perform-rules.ts';

describe.each([15, 18] as const)('PostgreSQL %i', (version) => performRules(() => postgresEffects(version)));
