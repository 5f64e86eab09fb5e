import type { PhysicalLine } from './line-splitter.ts';
import type { BadLine, OrderLine } from './order-line.ts';

/** Makes order lines of the lines of a file, in one format. */
export interface LineParser {
  push(line: PhysicalLine): readonly (OrderLine | BadLine)[];
  /** What is left when the file has ended. */
  end(): readonly (OrderLine | BadLine)[];
}
