import { profiles } from '@holdfast/testkit';
import { DEFAULT_ORDERS } from '../order-flow.ts';

export const USAGE = `Usage: npm run simulate -- [options]

Runs the whole order system in virtual time, seed after seed, with faults at every step, and checks after each run that nothing is lost,
paid twice or sold twice. Stops at the first violation, when the time or the seeds are over, or on Ctrl-C; with the figures so far each time.

  --minutes N      as many seeds as there is time for
  --seeds N        so many seeds (2,000 when there is no --minutes)
  --first-seed N   where to begin (1)
  --seed N         only this one; a report of a failure names it
  --replay FILE    only this saved plan, of simulation/fails/
  --sweep          instead of seeds: every single fault, one after another (--seed N: in the course of that seed)
  --profile NAME   the broker: ${Object.keys(profiles).join(', ')}, or all, which share the seeds (all)
  --orders N       how many customers order in a run (${DEFAULT_ORDERS})
  --repeat N       which share of the seeds is run twice and must take the same course, 0 to 1 (0.1)
  --workers N      processes that share the seeds (one for each core)
  --json FILE      the figures for programs; "-" is the standard output
  --help           print this

Exit code: 0 when every rule held, 1 when one did not or a situation that must come never came, 2 for bad usage,
130 or 143 when stopped by Ctrl-C or SIGTERM.
`;
