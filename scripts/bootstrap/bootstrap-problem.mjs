/** Something that the person at the terminal has to mend: shown as its message alone, without a stack. */
export class BootstrapProblem extends Error {
  /**
   * @param {string} message what is wrong and what to do
   * @param {{ exitCode?: number, cause?: unknown }} [options] exit code 2 is for wrong usage, 1 for everything else
   */
  constructor(message, { exitCode = 1, cause } = {}) {
    super(message, { cause });
    this.name = 'BootstrapProblem';
    this.exitCode = exitCode;
  }
}
