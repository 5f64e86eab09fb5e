import { writeFile } from 'node:fs/promises';
import type { CampaignReport } from '@holdfast/testkit';
import { Progress, type ProgressStream } from '../../src/cli/progress.ts';
import { CampaignShares, type SharesOutcome } from './campaign-shares.ts';
import { type Machine, thisMachine } from './machine.ts';
import { mergedFigures } from './merged-figures.ts';
import type { SharedProgress } from './share-message.ts';
import { ALL_PROFILES, type SimulateArguments } from './simulate-arguments.ts';
import { sweepsText } from './sweeps-text.ts';

export interface SimulateStreams {
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
}

/** How a campaign ended: `stopped` by a signal. */
export type SimulateResult = 'passed' | 'failed' | 'stopped';

interface Ending extends SharesOutcome {
  readonly report: CampaignReport;
  readonly problems: readonly string[];
  readonly result: SimulateResult;
  readonly machine: Machine;
}

const BYTES_PER_MIB = 2 ** 20;
const PLAIN_EVERY_MS = 5_000;

/** `npm run simulate`: a campaign over the order system, with a line of progress, and figures at the end whatever ended it. */
export class SimulateCommand {
  readonly #args: SimulateArguments;
  readonly #streams: SimulateStreams;
  readonly #progress: Progress;
  readonly #program: string | undefined;

  /** @param program as {@link CampaignShares} takes it */
  constructor(args: SimulateArguments, streams: SimulateStreams, program?: string) {
    this.#args = args;
    this.#program = program;
    this.#streams = streams;
    this.#progress = new Progress(streams.stderr, { plainEveryMs: PLAIN_EVERY_MS });
  }

  /** @throws Error when the figures cannot be written */
  async run(signal: AbortSignal): Promise<SimulateResult> {
    const { workers } = this.#args;
    this.#progress.line(`order system, ${this.#what()}, ${workers} ${workers === 1 ? 'process' : 'processes'}`);
    const shares = new CampaignShares({
      args: this.#args,
      onProgress: (progress) => this.#progress.status(this.#statusOf(progress)),
      ...(this.#program === undefined ? {} : { program: this.#program }),
    });
    const outcome = await shares.run(signal);
    this.#progress.end();
    const report = mergedFigures(outcome.figures);
    const problems = [...outcome.failures, ...this.#unseen(report, signal)];
    const result = problems.length > 0 ? 'failed' : signal.aborted ? 'stopped' : 'passed';
    await this.#publish({ ...outcome, report, problems, result, machine: await thisMachine() });
    return result;
  }

  #what(): string {
    const { replay, sweep, profiles } = this.#args;
    if (replay !== null) return `the plan ${replay}`;
    return `${sweep ? 'every single fault ' : ''}on ${(profiles ?? ALL_PROFILES).join(', ')}`;
  }

  #statusOf({ done, of, runsPerSecond, realMs, memoryBytes }: SharedProgress): string {
    const { sweep } = this.#args;
    const all = of === null ? '' : ` of ${of.toLocaleString('en')}`;
    const rate = Math.round(runsPerSecond).toLocaleString('en');
    const what = `${done.toLocaleString('en')}${all} ${sweep ? 'runs' : 'seeds'}`;
    return `${what}, ${rate} runs/s, ${Math.round(realMs / 1_000)} s, ${mebibytes(memoryBytes)}`;
  }

  /** One run cannot see all, and what was ended before its time says nothing. */
  #unseen({ unseen, figures }: CampaignReport, signal: AbortSignal): string[] {
    const { seed, replay, sweep } = this.#args;
    const isWhole = seed === null && replay === null && !sweep && !signal.aborted && figures.violations === 0;
    if (!isWhole || unseen.length === 0) return [];
    return [`Never seen, so not tested: ${unseen.map((condition) => `"${condition}"`).join(', ')}.`];
  }

  async #publish(ending: Ending): Promise<void> {
    const { json } = this.#args;
    const { stdout, stderr } = this.#streams;
    const { problems, result } = ending;
    (json === '-' ? stderr : stdout).write(textOf(ending));
    for (const problem of problems) stderr.write(`\n${problem}\n`);
    if (result === 'stopped') stderr.write('Stopped; these are the figures so far.\n');
    if (json === null) return;
    const data = `${JSON.stringify(this.#dataOf(ending), null, 2)}\n`;
    if (json === '-') stdout.write(data);
    else await writeFile(json, data);
  }

  #dataOf({ report, figures, memoryBytes, machine, result, problems }: Ending): object {
    const { profiles, orders, workers } = this.#args;
    return {
      ...report.toJSON(),
      sweeps: figures.flatMap(({ sweeps }) => sweeps),
      profiles: profiles ?? ALL_PROFILES,
      orders,
      workers,
      memoryBytes,
      machine,
      result,
      problems,
    };
  }
}

function textOf({ report, figures, memoryBytes, machine }: Ending): string {
  const { commit, node, platform, cpu, cores } = machine;
  const { seeds, plans } = report.figures;
  const on = `${cpu}, ${cores} cores, ${platform}, Node ${node}${commit === null ? '' : `, commit ${commit}`}`;
  const campaign = seeds + plans === 0 ? '' : `${report.toText()}\n`;
  const sweeps = sweepsText(figures.flatMap((share) => share.sweeps));
  return `${campaign}${sweeps}  memory           ${mebibytes(memoryBytes)} at most\n  machine          ${on}\n`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / BYTES_PER_MIB).toLocaleString('en')} MiB`;
}
