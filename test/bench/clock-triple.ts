/** The clock triple through the addon against the same triple in a plain C loop, compiled and run beside it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOCK_REALTIME, loadNativeClocks, type NativeClocks } from '@ptp-tester/native';
import { type BenchResult, compared } from './bench-result.ts';

const COMPILER = 'gcc';
const CALLS = 200_000;
/** Rounds alternate between the two, so that a change of the processor's speed meets both. */
const ROUNDS = 5;
const GOAL = 1.1;
/** Triples taken before the buffer is read out. */
const TRIPLES_PER_FILL = 80;

interface Medians {
  readonly bracketNs: number;
  readonly perCallNs: number;
}

function median(values: Float64Array | number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function runAddon(native: NativeClocks): Medians {
  const brackets = new Float64Array(CALLS);
  const periods: number[] = [];
  const buffer = native.clockBuffer;
  for (let done = 0; done < CALLS; done += TRIPLES_PER_FILL) {
    for (let i = 0; i < TRIPLES_PER_FILL; i++) native.readTriple(CLOCK_REALTIME, i * 3);
    for (let i = 0; i < TRIPLES_PER_FILL; i++) {
      const [before = 0n, , after = 0n] = buffer.subarray(i * 3, i * 3 + 3);
      brackets[done + i] = Number(after - before);
      if (i > 0) periods.push(Number(before - (buffer[i * 3 - 3] ?? 0n)));
    }
  }
  return { bracketNs: median(brackets), perCallNs: median(periods) };
}

/** Undefined when there is no gcc. */
function compileLoop(folder: string): string | undefined {
  const program = join(folder, 'clock-loop');
  try {
    execFileSync(COMPILER, ['-O2', '-o', program, join(import.meta.dirname, 'clock-loop.c')], { stdio: 'pipe' });
    return program;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function runLoop(program: string): Medians {
  const [bracketNs = Number.NaN, perCallNs = Number.NaN] = execFileSync(program, { encoding: 'utf8' })
    .split(' ')
    .map(Number);
  return { bracketNs, perCallNs };
}

function summarize(rounds: readonly Medians[]): Medians {
  return {
    bracketNs: median(rounds.map((round) => round.bracketNs)),
    perCallNs: median(rounds.map((round) => round.perCallNs)),
  };
}

/** Median bracket and median time per call; without gcc there is no baseline and no ratio, and the note says so. */
export function benchClockTriple(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'clock-loop-'));
  try {
    return Promise.resolve(measure(compileLoop(folder)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(program: string | undefined): BenchResult[] {
  const native = loadNativeClocks();
  const addonRounds: Medians[] = [];
  const loopRounds: Medians[] = [];
  runAddon(native);
  for (let round = 0; round < ROUNDS; round++) {
    addonRounds.push(runAddon(native));
    if (program !== undefined) loopRounds.push(runLoop(program));
  }
  const addon = summarize(addonRounds);
  const bracket = { name: 'clock triple: bracket', value: addon.bracketNs, unit: 'ns' };
  const perCall = { name: 'clock triple: time per call', value: addon.perCallNs, unit: 'ns' };
  if (program === undefined) {
    const note = 'gcc is not installed: no plain C loop to compare with, so no ratio';
    return [bracket, perCall].map((figure) => ({ ...figure, note }));
  }
  const loop = summarize(loopRounds);
  const compareWith = (value: number) => ({ name: 'plain C loop', value, unit: 'ns' });
  const result = compared({ ...bracket, goal: `ratio <= ${GOAL}` }, compareWith(loop.bracketNs));
  return [{ ...result, met: (result.ratio ?? Number.NaN) <= GOAL }, compared(perCall, compareWith(loop.perCallNs))];
}
