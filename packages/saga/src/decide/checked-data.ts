import type { StandardSchemaV1 } from '@standard-schema/spec';
import { SagaDataError } from '../errors/saga-data-error.ts';

export interface DataPlace {
  readonly saga: string;
  readonly state: string;
  readonly schema: StandardSchemaV1 | undefined;
}

/** The schema's output, or the data as it is where there is none. @throws SagaDataError */
export function checkedData({ saga, state, schema }: DataPlace, data: unknown): unknown {
  if (schema === undefined) return data;
  const result = schema['~standard'].validate(data);
  if (result instanceof Promise) {
    result.catch(() => {}); // Refused below; its own outcome is of no interest.
    throw new SagaDataError({ saga, state }, ['(its schema is asynchronous: give a synchronous one)']);
  }
  if (result.issues === undefined) return result.value;
  throw new SagaDataError({ saga, state }, result.issues.map(pathOf));
}

function pathOf({ path = [] }: StandardSchemaV1.Issue): string {
  return ['data', ...path.map((segment) => String(typeof segment === 'object' ? segment.key : segment))].join('.');
}
