/**
 * One line of progress. It goes to stderr, because stdout belongs to the program that is started.
 * @param {string} line
 */
export function progress(line) {
  process.stderr.write(`holdfast: ${line}\n`);
}
