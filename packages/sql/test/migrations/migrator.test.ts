import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { describe, onTestFinished } from 'vitest';
import { describeMigrator } from './migrator-rules.ts';

describe('Migrator on SQLite', () => {
  describeMigrator('sqlite', async () => {
    const { database, handle, drop } = sqliteTestDatabase();
    onTestFinished(() => drop());
    return {
      database,
      script: async (text) => {
        handle.exec(text);
      },
      tables: async () =>
        handle.prepare("select name from sqlite_master where type = 'table' order by name").pluck().all() as string[],
    };
  });
});
