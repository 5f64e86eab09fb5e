import { InvalidOptionError, integerOption, stringOption } from '@holdfast/core';
import type { SagaDefinition } from '../definition/saga-definition.ts';
import type { DefinitionCatalogue } from '../runtime/definition-catalogue.ts';
import type { LiveInstance } from '../runtime/live-instance.ts';
import type { InstanceMigrator, MigrationRequest } from './migration.ts';

/** A migration that was asked for, checked. */
export interface MigrationPlan {
  readonly saga: string;
  readonly from: number;
  readonly target: SagaDefinition;
  readonly states: ReadonlyMap<string, InstanceMigrator>;
  readonly redact: readonly string[];
  readonly entry: Parameters<LiveInstance['replace']>[1];
  readonly isDryRun: boolean;
  readonly chunk: number;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** @param id names this call in the histories. @throws InvalidOptionError */
export function migrationPlan(
  request: MigrationRequest,
  { definitions, id }: { readonly definitions: DefinitionCatalogue; readonly id: string },
): MigrationPlan {
  const { name: saga } = definitions.newest(request.saga);
  const versions = definitions.versions(saga);
  const from = integerOption('from', request.from, { min: 1 });
  const target = versions.find(({ version }) => version === request.to);
  if (target === undefined || target.version === from) {
    throw new InvalidOptionError('to', request.to, "another version, among the runtime's definitions");
  }
  return {
    saga,
    from,
    target,
    states: new Map(Object.entries(request.states)),
    redact: redacted(versions, from),
    entry: {
      cause: 'migration',
      name: `version ${from} → ${target.version}`,
      messageId: id,
      actor: stringOption('actor', request.actor, { maxBytes: 200 }),
      reason: stringOption('reason', request.reason, { maxBytes: 2_000 }),
    },
    isDryRun: request.dryRun ?? false,
    chunk: integerOption('chunk', request.chunk, { min: 1, max: 1_000, default: 50 }),
    limit: integerOption('limit', request.limit, { min: 0, default: Number.MAX_SAFE_INTEGER }),
    signal: request.signal ?? new AbortController().signal,
  };
}

/** What is personal in another version is not shown by the difference either; what is so in one that is not here, nobody knows. */
function redacted(versions: readonly SagaDefinition[], from: number): readonly string[] {
  if (versions.every(({ version }) => version !== from)) return ['*'];
  return [...new Set(versions.flatMap(({ redact }) => redact))];
}
