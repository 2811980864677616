/**
 * The stability statistics on ten million samples: time, memory, and the same in other ways in the same run: a straightforward loop of
 * O(N m) at one tau, and the textbook formulas in numpy where python3 has it, on the same samples and with the same results.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  largestFactor,
  mtie,
  oadev,
  octaveFactors,
  perOctaveFactors,
  type StabilityCurve,
  tdev,
} from '@ptp-tester/clockstats';
import { type BenchResult, compared } from './bench-result.ts';
import { SeededRandom } from './seeded-random.ts';

const FULL = 10_000_000;
const SHORT = 1_000_000;
const SEED = 20_261_121;
const ROUNDS = 3;
const MEMORY_GOAL_MB = 300;
/** The tau of the plain loops, and how many samples they get; their time grows linearly with the number of windows. */
const PLAIN_FACTOR = 1024;
const PLAIN_SAMPLES = 100_000;
/** numpy looks at every window as a whole: fewer samples, scaled in the same way. */
const NUMPY_MTIE_FACTOR = 64;
const NUMPY_MTIE_SAMPLES = 1_000_000;
const AGREEMENT = 1e-9;

type Kind = 'servo' | 'free_running';

/** White noise of 20 ns on a random walk of 0.3 ns a sample; free running also 12 ppm fast at 250 ms. */
function makeSeries(samples: number, kind: Kind): Float64Array {
  const random = new SeededRandom(SEED);
  const values = new Float64Array(samples);
  let walk = 0;
  for (let i = 0; i < samples; i++) {
    walk += 0.3 * random.normal();
    values[i] = walk + 20 * random.normal() + (kind === 'free_running' ? i * 3000 : 0);
  }
  return values;
}

interface Timed<Result> {
  readonly seconds: number;
  readonly result: Result;
}

/** The best of some rounds, after one that warms up: what else runs on the machine can only make it slower. */
function timed<Result>(work: () => Result): Timed<Result> {
  let result = work();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    result = work();
    return (performance.now() - startedAt) / 1000;
  });
  return { seconds: Math.min(...rounds), result };
}

/** A goal for ten million samples, scaled to the number that was measured. */
function withGoal(result: BenchResult, secondsAtFull: number, samples: number): BenchResult {
  const goalS = (secondsAtFull * samples) / FULL;
  const scaled = samples === FULL ? '' : ` (${secondsAtFull} s for 10 million)`;
  return { ...result, goal: `<= ${goalS} s${scaled}`, met: result.value <= goalS };
}

function plainMtie(values: Float64Array, m: number): number {
  let largest = 0;
  for (let start = 0; start + m < values.length; start++) {
    let low = values[start] as number;
    let high = low;
    for (let i = start + 1; i <= start + m; i++) {
      low = Math.min(low, values[i] as number);
      high = Math.max(high, values[i] as number);
    }
    largest = Math.max(largest, high - low);
  }
  return largest;
}

function plainTdev(values: Float64Array, m: number): number {
  let sum = 0;
  const terms = values.length - 3 * m + 1;
  for (let start = 0; start < terms; start++) {
    let inner = 0;
    for (let i = start; i < start + m; i++) {
      inner += (values[i + 2 * m] as number) - 2 * (values[i + m] as number) + (values[i] as number);
    }
    sum += inner * inner;
  }
  return Math.sqrt(sum / terms / 6) / m;
}

/** One statistic at one tau on all samples against the plain loop on some, scaled by the number of its terms. */
function againstPlainLoop(
  name: 'mtie' | 'tdev',
  values: Float64Array,
  { statistic, plain }: { statistic: typeof tdev | typeof mtie; plain: (values: Float64Array, m: number) => number },
): BenchResult {
  const part = values.subarray(0, PLAIN_SAMPLES);
  const ours = timed(() => statistic({ values, tau0: 1 }, [PLAIN_FACTOR]));
  const startedAt = performance.now();
  const expected = plain(part, PLAIN_FACTOR);
  const plainS = (performance.now() - startedAt) / 1000;
  const [point] = statistic({ values: part, tau0: 1 }, [PLAIN_FACTOR]).points;
  const terms = ours.result.points[0]?.terms ?? Number.NaN;
  const scaledS = (plainS * terms) / (point?.terms ?? Number.NaN);
  const result = { name: `${name} at m = ${PLAIN_FACTOR}`, value: ours.seconds, unit: 's' };
  const note = `plain loop over ${PLAIN_SAMPLES} samples: ${plainS.toPrecision(3)} s, scaled by its terms; ${agreement(point?.value, expected)}`;
  return { ...compared(result, { name: 'plain loop O(N m), scaled', value: scaledS, unit: 's' }), note };
}

function agreement(value: number | undefined, expected: number | undefined): string {
  const difference = Math.abs((value ?? Number.NaN) / (expected ?? Number.NaN) - 1);
  return difference <= AGREEMENT ? 'same result' : `RESULTS DIFFER by ${difference.toPrecision(2)}`;
}

/** Times and results of the textbook formulas; `argv`: file of doubles, factors of OADEV, factors of TDEV, factor and samples of MTIE. */
const NUMPY_PROGRAM = `
import json, sys, time
import numpy as np
x = np.fromfile(sys.argv[1])
oadev_factors, tdev_factors, mtie_factor, mtie_samples = json.loads(sys.argv[2])

def oadev(m):
    d = x[2 * m:] - 2 * x[m:-m] + x[:-2 * m]
    return np.sqrt(np.mean(d * d) / 2) / m

def tdev(m):
    p = np.concatenate(([0.0], np.cumsum(x - x[0])))
    d = p[3 * m:] - 3 * p[2 * m:-m] + 3 * p[m:-2 * m] - p[:-3 * m]
    return np.sqrt(np.mean(d * d) / 6) / m

def mtie(m):
    w = np.lib.stride_tricks.sliding_window_view(x[:mtie_samples], m + 1)
    return np.max(w.max(axis=1) - w.min(axis=1))

def timed(work):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        values = [float(v) for v in work()]
        seconds.append(time.perf_counter() - start)
    return {"seconds": min(seconds), "values": values}

print(json.dumps({
    "oadev": timed(lambda: [oadev(m) for m in oadev_factors]),
    "tdev": timed(lambda: [tdev(m) for m in tdev_factors]),
    "mtie": timed(lambda: [mtie(mtie_factor)]),
}))
`;

interface NumpyRun {
  readonly seconds: number;
  readonly values: readonly number[];
}

type NumpyResult = Readonly<Record<'oadev' | 'tdev' | 'mtie', NumpyRun>>;

/** Null when there is no python3 with numpy. */
function runNumpy(values: Float64Array, factors: { oadev: number[]; tdev: number[] }): NumpyResult | null {
  if (spawnSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' }).status !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'stability-'));
  try {
    const file = join(folder, 'series');
    writeFileSync(file, values);
    const question = JSON.stringify([factors.oadev, factors.tdev, NUMPY_MTIE_FACTOR, NUMPY_MTIE_SAMPLES]);
    const answer = execFileSync('python3', ['-c', NUMPY_PROGRAM, file, question], { encoding: 'utf8' });
    return JSON.parse(answer) as NumpyResult;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function besideNumpy(result: BenchResult, numpy: NumpyRun | undefined, curve: StabilityCurve): BenchResult {
  if (numpy === undefined) return { ...result, note: 'no python3 with numpy here: no ratio' };
  const worst = curve.points.find((point, i) => agreement(point.value, numpy.values[i]) !== 'same result');
  const at = worst === undefined ? 'same results' : `RESULTS DIFFER at m = ${worst.m}`;
  const baseline = { name: 'numpy, textbook formula', value: numpy.seconds, unit: 's' };
  return { ...compared(result, baseline), note: `${curve.points.length} tau; ${at}` };
}

/** Peak of the resident memory of a process of its own that makes the series and computes everything, without Node's own share taken off. */
function measurePeakMb(samples: number): number {
  const answer = execFileSync(process.execPath, [import.meta.filename, String(samples)], { encoding: 'utf8' });
  return Number(answer) / 1024;
}

function octavesOf(metric: 'mtie' | 'tdev' | 'oadev', samples: number): number[] {
  return octaveFactors(largestFactor(metric, samples));
}

function benchMtie(series: Float64Array, kind: Kind): BenchResult[] {
  const of = kind === 'servo' ? '' : ', clock 12 ppm off';
  const denseFactors = perOctaveFactors(largestFactor('mtie', series.length), 4);
  const octaves = timed(() => mtie({ values: series, tau0: 1 }, octavesOf('mtie', series.length)));
  const dense = timed(() => mtie({ values: series, tau0: 1 }, denseFactors));
  const octaveName = `MTIE, ${octaves.result.points.length} octaves${of}`;
  const denseName = `MTIE, octaves and 3 more per octave (${dense.result.points.length} tau)${of}`;
  return [
    withGoal({ name: octaveName, value: octaves.seconds, unit: 's' }, 1.5, series.length),
    withGoal({ name: denseName, value: dense.seconds, unit: 's' }, 3, series.length),
  ];
}

export function benchStability(short: boolean): Promise<BenchResult[]> {
  const samples = short ? SHORT : FULL;
  const values = makeSeries(samples, 'servo');
  const series = { values, tau0: 1 };
  const factors = { oadev: octavesOf('oadev', samples), tdev: octavesOf('tdev', samples) };
  const numpy = runNumpy(values, factors);
  const time = timed(() => tdev(series, factors.tdev));
  const allan = timed(() => oadev(series, factors.oadev));
  const part = { values: values.subarray(0, NUMPY_MTIE_SAMPLES), tau0: 1 };
  const shortMtie = timed(() => mtie(part, [NUMPY_MTIE_FACTOR]));
  const peak = measurePeakMb(samples);
  return Promise.resolve([
    ...benchMtie(values, 'servo'),
    ...benchMtie(makeSeries(samples, 'free_running'), 'free_running'),
    besideNumpy(
      withGoal({ name: 'TDEV, octaves with T >= 12 tau', value: time.seconds, unit: 's' }, 0.5, samples),
      numpy?.tdev,
      time.result,
    ),
    besideNumpy(
      withGoal({ name: 'OADEV, octaves', value: allan.seconds, unit: 's' }, 0.5, samples),
      numpy?.oadev,
      allan.result,
    ),
    againstPlainLoop('mtie', values, { statistic: mtie, plain: plainMtie }),
    againstPlainLoop('tdev', values, { statistic: tdev, plain: plainTdev }),
    besideNumpy(
      {
        name: `MTIE of ${part.values.length} samples at m = ${NUMPY_MTIE_FACTOR}`,
        value: shortMtie.seconds,
        unit: 's',
      },
      numpy?.mtie,
      shortMtie.result,
    ),
    {
      name: `peak memory, ${samples} samples, all of the above`,
      value: peak,
      unit: 'MB',
      goal: `<= ${MEMORY_GOAL_MB} MB`,
      met: peak <= MEMORY_GOAL_MB,
      note: `of a process of its own; the series itself takes ${Math.round((samples * 8) / 1e6)} MB, an empty Node about 45 MB`,
    },
  ]);
}

/** As a program: makes a series of so many samples, computes everything, and prints the peak of its memory in KiB. */
if (import.meta.main) {
  const samples = Number(process.argv[2]);
  const series = { values: makeSeries(samples, 'servo'), tau0: 1 };
  mtie(series, perOctaveFactors(largestFactor('mtie', samples), 4));
  tdev(series, octavesOf('tdev', samples));
  oadev(series, octavesOf('oadev', samples));
  process.stdout.write(String(process.resourceUsage().maxRSS));
}
