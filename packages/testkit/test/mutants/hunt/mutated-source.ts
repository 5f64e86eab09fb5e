import type { Mutant } from './mutant.ts';

/** @throws Error when a text to be replaced is not there exactly once: the patch is rotten, which must never count as caught */
export function mutatedSource({ id, file, find, replace, also }: Mutant, source: string): string {
  const edits = [{ find, replace }, ...(also === undefined ? [] : [also])];
  return edits.reduce((text, edit) => {
    const count = text.split(edit.find).length - 1;
    if (count !== 1) {
      throw new Error(
        `The mutant "${id}" fits ${count} places of "${file}" instead of one: bring its patch up to date.`,
      );
    }
    if (edit.find === edit.replace) throw new Error(`The mutant "${id}" changes nothing: write what its bug is.`);
    return text.replace(edit.find, () => edit.replace);
  }, source);
}
