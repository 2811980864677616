/** What the agent costs: CPU time and memory of the real bundled agent at default cadence with all sources. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleAgent } from '@ptp-tester/agent';
import { STREAM_NAMES, STREAMS } from '@ptp-tester/measurement';
import { ControllerDouble, startMetadataDouble } from '@ptp-tester/testkit';
import type { Plan, SourcesPlan } from '@ptp-tester/wire';
import type { BenchResult } from './bench-result.ts';
import { startLocalChronyd } from './local-chronyd.ts';

const RUN = '20261120-231757-k3f9';
const CPU_GOAL_PERCENT = 1;
const ANONYMOUS_GOAL_MB = 40;
/** The start is not what a soak of weeks costs. */
const WARM_UP_MS = 8_000;
/** USER_HZ of /proc/PID/stat; 100 on every Linux that Node supports. */
const TICKS_PER_S = 100;

const SIMULATED_PHC = {
  seed: 1,
  offset_ns: 120,
  frequency_ppb: 3,
  white_noise_ns: 25,
  random_walk_ns: 2,
  read_delay_ns: 800,
  faults: [],
};

/** Runs the agent for `seconds` after its start-up. */
export async function benchAgentCost(seconds = 60): Promise<BenchResult[]> {
  const bundle = await bundleAgent();
  const controller = new ControllerDouble({ plan: defaultPlan(), lease: { orphan_s: 3600, ends_in_s: 3600 } });
  const metadata = await startMetadataDouble();
  const endChronyd = await startLocalChronyd();
  const folder = mkdtempSync(join(tmpdir(), 'ptp-agent-cost-'));
  let agent: ChildProcess | null = null;
  try {
    const config = join(folder, 'agent.json');
    const place = { run: RUN, index: 1, attempt: 1, token: 'bench', state_dir: join(folder, 'state') };
    writeFileSync(config, JSON.stringify({ controller_url: await controller.start(), ...place }));
    const env = { PATH: process.env['PATH'], AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url };
    agent = spawn(bundle.path, ['run', '--config', config], { stdio: 'ignore', env });
    await controller.until(() => controller.arrived.some(({ header }) => header.kind === 'batch'));
    await sleep(WARM_UP_MS);
    return await measure(agent, controller, seconds);
  } finally {
    await end(agent);
    await controller.close();
    metadata.close();
    endChronyd();
    rmSync(folder, { recursive: true });
  }
}

async function measure(agent: ChildProcess, controller: ControllerDouble, seconds: number): Promise<BenchResult[]> {
  const pid = agent.pid ?? 0;
  const before = { cpuS: cpuSecondsOf(pid), records: controller.arrived.length };
  let anonymousMb = 0;
  let residentMb = 0;
  for (let second = 0; second < seconds; second += 1) {
    await sleep(1000);
    anonymousMb = Math.max(anonymousMb, statusMb(pid, 'RssAnon'));
    residentMb = Math.max(residentMb, statusMb(pid, 'VmRSS'));
  }
  const cpuPercent = ((cpuSecondsOf(pid) - before.cpuS) / seconds) * 100;
  const records = controller.arrived.slice(before.records);
  const streams = new Set(records.flatMap(({ header }) => (header.kind === 'batch' ? [header.stream] : [])));
  const samples = records.reduce((sum, { header }) => sum + (header.kind === 'batch' ? header.rows : 0), 0);
  const silent = STREAM_NAMES.filter((name) => !streams.has(name));
  const absent = silent.length === 0 ? '' : `; absent on this machine: ${silent.join(', ')}`;
  const note = `${samples} samples of ${streams.size} streams in ${records.length} records over ${seconds} s${absent}`;
  return [
    {
      name: 'CPU of the agent',
      value: cpuPercent,
      unit: '% of a core',
      goal: `< ${CPU_GOAL_PERCENT} %`,
      met: cpuPercent < CPU_GOAL_PERCENT,
      note,
    },
    {
      name: 'anonymous memory of the agent, highest',
      value: anonymousMb,
      unit: 'MB',
      goal: `<= ${ANONYMOUS_GOAL_MB} MB`,
      met: anonymousMb <= ANONYMOUS_GOAL_MB,
    },
    { name: 'resident memory with the mapped executable, highest', value: residentMb, unit: 'MB' },
  ];
}

function defaultPlan(): Plan {
  const every = (name: keyof typeof STREAMS) => ({ interval_ms: STREAMS[name].defaultIntervalMs });
  const sources: SourcesPlan = {
    raw: every('raw'),
    phc: { ...every('phc'), readings: 3, mode: 'simulated', simulated: SIMULATED_PHC },
    kernel: every('kernel'),
    chrony: every('chrony'),
    chrony_source: every('chrony_source'),
    ena: every('ena'),
    host: every('host'),
    self: every('self'),
  };
  const batch = { max_samples: 60, max_age_ms: 5000 };
  return { generation: 1, phase: 'measure', sources, batch, spool_max_bytes: 256 * 1024 * 1024 };
}

/** User and system time of the process (proc(5), /proc/PID/stat fields 14 and 15). */
function cpuSecondsOf(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(afterName[11]) + Number(afterName[12])) / TICKS_PER_S;
}

function statusMb(pid: number, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(match?.[1]) * 1024) / 1e6;
}

async function end(agent: ChildProcess | null): Promise<void> {
  if (agent === null || agent.exitCode !== null) return;
  const exited = new Promise((resolve) => {
    agent.once('exit', resolve);
  });
  agent.kill('SIGTERM');
  await exited;
}
