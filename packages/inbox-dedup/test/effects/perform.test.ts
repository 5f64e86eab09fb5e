import { describe } from 'vitest';
import { sqliteEffects } from './effect-world.ts';
import { performRules } from './perform-rules.ts';

describe('SQLite', () => performRules(sqliteEffects));
