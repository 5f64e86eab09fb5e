import { startPostgres } from './postgres.ts';

/** Real servers for the projects `real` and `crash`; those that the environment names are used as they are. */
export default async function setup(): Promise<() => Promise<void>> {
  const [postgres15, postgres18] = await Promise.all([startPostgres({ major: 15 }), startPostgres({ major: 18 })]);
  process.env['HOLDFAST_TEST_PG15_URL'] ??= postgres15.url;
  process.env['HOLDFAST_TEST_PG18_URL'] ??= postgres18.url;
  process.env['HOLDFAST_TEST_PG_URL'] ??= postgres18.url;
  return async () => {
    await Promise.all([postgres15.stop(), postgres18.stop()]);
  };
}
