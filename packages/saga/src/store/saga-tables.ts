import type { TableNames } from '@holdfast/sql';

/** The saga's tables, quoted, on both databases. */
export interface SagaTables {
  readonly instance: string;
  readonly history: string;
  readonly timer: string;
  readonly parked: string;
}

export function sagaTables(names: TableNames): SagaTables {
  return {
    instance: names.table('saga'),
    history: names.table('saga_history'),
    timer: names.table('saga_timer'),
    parked: names.table('saga_parked'),
  };
}
