/**
 * The interim judgement of a soaking run, minute by minute: what one costs with many instances, and whether it costs more after more days. Not
 * 500 instances for weeks, which would be terabytes: many instances for minutes, and one instance for days.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoreWrite } from '../../controller/src/store/sample-store.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { simulateRecords } from '../simulation/simulate-records.ts';
import { type BenchResult, compared } from './bench-result.ts';
import { type JudgeDone, type JudgeRequest, judgeTruth } from './judge-process.ts';
import { MeasuredProcess } from './measured-process.ts';
import { instanceName, renamed } from './report.ts';

const FULL = { instances: 500, days: [0.5, 2] };
const SHORT = { instances: 50, days: [0.25, 0.5] };
const TURNS = 10;
const TURN_S = 60;
const WARM_UP_S = 600;
const DAY_S = 86_400;
const WRITE_GROUP = 5000;
const GOAL_SHARE = 0.2;
const GOAL_BYTES = 150e6;

interface Soak {
  readonly instances: number;
  readonly durationS: number;
}

interface Judged {
  /** With everything but the last minutes, from nothing. */
  readonly first: JudgeDone;
  /** One for each of the last minutes. */
  readonly turns: readonly JudgeDone[];
  /** Of all samples, in a process of its own. */
  readonly whole: JudgeDone;
  /** Resident before anything was judged. */
  readonly idleBytes: number;
}

export async function benchJudge(short: boolean): Promise<BenchResult[]> {
  const { instances, days } = short ? SHORT : FULL;
  const fleet = await judged({ instances, durationS: WARM_UP_S + TURNS * TURN_S });
  const [few = 0, many = 0] = days;
  const one = await judged({ instances: 1, durationS: few * DAY_S });
  const longer = await judged({ instances: 1, durationS: many * DAY_S });
  return [...fleetResults(fleet, instances), ...longResults({ one, longer, few, many })];
}

function fleetResults({ turns, whole, idleBytes }: Judged, instances: number): BenchResult[] {
  const cpu = meanOf(turns.map(({ cpuSeconds }) => cpuSeconds));
  const memory = turns.map(({ rssBytes }) => rssBytes);
  const peak = Math.max(...turns.map(({ peakRssBytes }) => peakRssBytes)) - idleBytes;
  const size = `${instances} instances, after 10 to 20 min, a minute of new samples each time; load of the machine ${loadavg()[0]?.toFixed(1)}`;
  const share = cpu / TURN_S;
  const swing = (Math.max(...memory) - Math.min(...memory)) / 1e6;
  return [
    {
      ...compared(
        { name: 'judge: CPU of one judgement', value: cpu, unit: 's', note: size },
        { name: 'analysis of the 20 min', value: whole.cpuSeconds, unit: 's' },
      ),
    },
    {
      name: 'judge: share of a core, once a minute',
      value: share,
      unit: '',
      goal: `<= ${GOAL_SHARE}`,
      met: share <= GOAL_SHARE,
    },
    {
      name: 'judge: most memory above a process that only waits',
      value: peak / 1e6,
      unit: 'MB',
      goal: `<= ${GOAL_BYTES / 1e6} MB`,
      met: peak <= GOAL_BYTES,
      note: `from judgement to judgement it differs by ${swing.toFixed(0)} MB; the analysis: ${((whole.peakRssBytes - idleBytes) / 1e6).toFixed(0)} MB`,
    },
  ];
}

function longResults({
  one,
  longer,
  few,
  many,
}: {
  one: Judged;
  longer: Judged;
  few: number;
  many: number;
}): BenchResult[] {
  const cost = ({ turns }: Judged) => 1000 * meanOf(turns.map(({ cpuSeconds }) => cpuSeconds));
  return [
    compared(
      { name: `judge: one instance after ${many} days, CPU`, value: cost(longer), unit: 'ms' },
      { name: `after ${few} days`, value: cost(one), unit: 'ms' },
    ),
    compared(
      {
        name: `judge: ${many} days from nothing, CPU per instance-day`,
        value: longer.first.cpuSeconds / many,
        unit: 's',
      },
      { name: 'analysis', value: longer.whole.cpuSeconds / many, unit: 's' },
    ),
  ];
}

async function judged({ instances, durationS }: Soak): Promise<Judged> {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-bench-judge-'));
  const child = judgingProcess();
  try {
    const database = join(folder, 'samples.db');
    const names = Array.from({ length: instances }, (_, index) => instanceName(index + 1));
    const writer = openSampleWriter({ path: database });
    const parts = partsOf(simulateRecords(instanceName(1), judgeTruth(durationS)));
    const ask: JudgeRequest = { do: 'judge', database, instances: names, durationS };
    const done: JudgeDone[] = [];
    let idleBytes = 0;
    for (const part of parts) {
      for (const name of names) commitAll(writer, part, name);
      idleBytes ||= child.rssBytes;
      done.push(await child.ask<JudgeDone>(ask));
    }
    writer.close();
    const [first, ...turns] = done;
    if (first === undefined) throw new Error('nothing was judged');
    return { first, turns, idleBytes, whole: await analysed({ ...ask, do: 'whole' }) };
  } finally {
    await child.end();
    rmSync(folder, { recursive: true });
  }
}

async function analysed(request: JudgeRequest): Promise<JudgeDone> {
  const child = judgingProcess();
  try {
    return await child.ask<JudgeDone>(request);
  } finally {
    await child.end();
  }
}

function judgingProcess(): MeasuredProcess {
  return new MeasuredProcess({ script: fileURLToPath(new URL('./judge-process.ts', import.meta.url)) });
}

/** Everything but the last minutes, then each of these. */
function partsOf(writes: readonly StoreWrite[]): StoreWrite[][] {
  const end = writes.at(-1)?.receivedAt ?? 0n;
  const parts: StoreWrite[][] = Array.from({ length: TURNS + 1 }, () => []);
  for (const write of writes) {
    const beforeEndS = Number(end - write.receivedAt) / 1e9;
    parts[Math.max(0, TURNS - Math.floor(beforeEndS / TURN_S))]?.push(write);
  }
  return parts;
}

function commitAll(writer: ReturnType<typeof openSampleWriter>, writes: readonly StoreWrite[], name: string): void {
  for (let from = 0; from < writes.length; from += WRITE_GROUP) {
    writer.commit(writes.slice(from, from + WRITE_GROUP).map((write) => renamed(write, name)));
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
