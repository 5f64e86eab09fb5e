import { writeFile } from 'node:fs/promises';
import { CampaignReport } from '@holdfast/testkit';
import { Progress, type ProgressStream } from '../../src/cli/progress.ts';
import { CampaignShares, type SharedProgress } from './campaign-shares.ts';
import type { SimulateArguments } from './simulate-arguments.ts';

export interface SimulateStreams {
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
}

const SEEDS_THAT_SEE_ALL = 1_000;

/** How a campaign ended: `stopped` by a signal. */
export type SimulateResult = 'passed' | 'failed' | 'stopped';

/** `npm run simulate`: a campaign over the order system, with a line of progress, and figures at the end whatever ended it. */
export class SimulateCommand {
  readonly #args: SimulateArguments;
  readonly #streams: SimulateStreams;
  readonly #progress: Progress;

  constructor(args: SimulateArguments, streams: SimulateStreams) {
    this.#args = args;
    this.#streams = streams;
    this.#progress = new Progress(streams.stderr);
  }

  /** @throws Error when the figures cannot be written */
  async run(signal: AbortSignal): Promise<SimulateResult> {
    const { workers, profile } = this.#args;
    this.#progress.line(`order system on ${profile}, ${workers} ${workers === 1 ? 'process' : 'processes'}`);
    const shares = new CampaignShares(this.#args, (progress) => this.#progress.status(statusOf(progress)));
    const { figures, failures } = await shares.run(signal);
    this.#progress.end();
    const report = CampaignReport.merge(figures);
    const problems = [...failures, ...this.#unseen(report, signal)];
    const result = problems.length > 0 ? 'failed' : signal.aborted ? 'stopped' : 'passed';
    await this.#publish(report, { problems, result });
    return result;
  }

  /** What a short campaign, or one that was ended before its time, has not seen says nothing. */
  #unseen({ unseen, figures }: CampaignReport, signal: AbortSignal): string[] {
    if (signal.aborted || figures.seeds < SEEDS_THAT_SEE_ALL || unseen.length === 0) return [];
    return [`Never seen, so not tested: ${unseen.map((condition) => `"${condition}"`).join(', ')}.`];
  }

  async #publish(
    report: CampaignReport,
    { problems, result }: { readonly problems: readonly string[]; readonly result: SimulateResult },
  ): Promise<void> {
    const { json, profile, workers } = this.#args;
    const { stdout, stderr } = this.#streams;
    const text = report.figures.seeds === 0 ? '' : `${report.toText()}\n`;
    (json === '-' ? stderr : stdout).write(text);
    for (const problem of problems) stderr.write(`\n${problem}\n`);
    if (result === 'stopped') stderr.write('Stopped; these are the figures so far.\n');
    if (json === null) return;
    const data = `${JSON.stringify({ ...report.toJSON(), profile, workers, result, problems }, null, 2)}\n`;
    if (json === '-') stdout.write(data);
    else await writeFile(json, data);
  }
}

function statusOf({ seeds, ofSeeds, runsPerSecond, realMs }: SharedProgress): string {
  const of = ofSeeds === null ? '' : ` of ${ofSeeds.toLocaleString('en')}`;
  const rate = Math.round(runsPerSecond).toLocaleString('en');
  return `${seeds.toLocaleString('en')}${of} seeds, ${rate} runs/s, ${Math.round(realMs / 1_000)} s`;
}
