import type { Handler } from '@holdfast/core';
import type { World } from '../kernel/world.ts';

/** A handler that keeps something in memory, so that it must be made anew when its process starts again. */
export interface HandlerUnderTest {
  /** Called in each life of the process. What it makes is lost when the process dies. */
  start(): Handler | Promise<Handler>;
  /** What contradicts your rules when all messages are settled, one text for each; no payloads. @default nothing */
  check?(): readonly string[] | Promise<readonly string[]>;
}

/**
 * Builds the world of one run, a new one each time, and the handler in it. A handler by itself stays the same over the lives of its process, which
 * is right when it keeps nothing in memory.
 */
export type MakeHandler = (
  world: World,
) => Handler | HandlerUnderTest | Promise<Handler> | Promise<HandlerUnderTest> | Promise<Handler | HandlerUnderTest>;

/** The same shape for both ways of giving a handler. */
export function handlerUnderTest(made: Handler | HandlerUnderTest): HandlerUnderTest {
  return typeof made === 'function' ? { start: () => made } : made;
}
