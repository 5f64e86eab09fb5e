import type { SqliteInboxFile } from './sqlite-inbox-file.ts';
import type { Way } from './way.ts';

export function sqliteInboxWays(_file: SqliteInboxFile): readonly Way[] {
  return [];
}
