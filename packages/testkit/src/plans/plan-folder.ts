import { mkdir, open, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashText } from '../kernel/mix.ts';
import { InvalidPlanError } from './invalid-plan-error.ts';
import { parsePlan } from './parse-plan.ts';
import type { SavedPlan } from './saved-plan.ts';

/** Most plans of 10,000 faults have less. */
const MOST_BYTES = 2 ** 22;
const MOST_CHECK = 512;

/** Reads a plan from a file, of at most 4 MiB. @throws InvalidPlanError */
export async function readPlan(path: string): Promise<SavedPlan> {
  const failed = (error: NodeJS.ErrnoException) => {
    throw new InvalidPlanError(path, `it cannot be opened (${error.code ?? 'unknown'}).`);
  };
  // Before it is opened: who opens a pipe waits for its writer.
  const found = await stat(path).catch(failed);
  if (!found.isFile()) throw new InvalidPlanError(path, 'it is no file.');
  const file = await open(path).catch(failed);
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw new InvalidPlanError(path, `it has ${size} bytes; ${MOST_BYTES} are the most.`);
    return parsePlan(await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
}

/** The plans of runs that failed once, one JSON file for each. */
export class PlanFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Those of this campaign, in the order of their file names. A folder that is not there has none. @throws InvalidPlanError */
  async read(name: string): Promise<readonly { readonly path: string; readonly plan: SavedPlan }[]> {
    const plans = [];
    for (const path of await this.#files()) {
      const plan = await readPlan(path);
      if (plan.name === name) plans.push({ path, plan });
    }
    return plans;
  }

  /**
   * Keeps a plan, and a diagram of its run beside it. The same plan has the same files.
   * @throws InvalidPlanError when it could not be read again: every later campaign would refuse it
   */
  async save(unbounded: SavedPlan, diagram: string): Promise<{ readonly path: string; readonly diagramPath: string }> {
    const plan = { ...unbounded, check: unbounded.check.slice(0, MOST_CHECK) };
    const text = `${JSON.stringify(plan, null, 2)}\n`;
    const bytes = Buffer.byteLength(text);
    if (bytes > MOST_BYTES) throw new InvalidPlanError(plan.name, `it has ${bytes} bytes; ${MOST_BYTES} are the most.`);
    parsePlan(text, plan.name);
    await mkdir(this.#path, { recursive: true });
    const { seed, size, faults } = plan;
    const hash = hashText(JSON.stringify([seed, size, faults]))
      .toString(16)
      .padStart(8, '0');
    const path = join(this.#path, `${slug(plan.name)}-${slug(plan.check)}-${hash}`);
    const paths = { path: `${path}.json`, diagramPath: `${path}.mmd` };
    await replaceFile(paths.diagramPath, diagram);
    await replaceFile(paths.path, text);
    return paths;
  }

  async #files(): Promise<readonly string[]> {
    try {
      const names = await readdir(this.#path);
      return names
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => join(this.#path, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

/** Never half a file, which every later campaign would refuse. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, path);
}

function slug(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return words.slice(0, 48).replaceAll(/^-+|-+$/g, '') || 'plan';
}
