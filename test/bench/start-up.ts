/** How long the command takes to answer: its help, and a controller from its start until it says that it is ready. Baseline: an empty Node. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BenchFigure, type BenchResult, compared } from './bench-result.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMMAND = join(ROOT, 'ptp-tester');
const HELP_GOAL_MS = 150;
const READY_GOAL_MS = 1000;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function timeOf(program: string, args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync(program, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

/** From the start of the process to the line that says so; it is ended then. */
async function timeToReady(folder: string): Promise<number> {
  const listen = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'];
  const start = performance.now();
  const child = spawn(COMMAND, ['serve', '--json', '--data', join(folder, 'data'), ...listen], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const ms = performance.now() - start;
  child.kill('SIGTERM');
  await exited;
  if (!String(line).includes('"ready"')) throw new Error(`the controller said: ${line}`);
  return ms;
}

/** Rounds alternate, so that what else the machine does falls on all alike. */
export async function benchStartUp(short: boolean): Promise<readonly BenchResult[]> {
  const rounds = short ? 5 : 15;
  const times: Readonly<Record<'empty' | 'help' | 'ready', number[]>> = { empty: [], help: [], ready: [] };
  const folder = mkdtempSync(join(tmpdir(), 'ptp-start-'));
  try {
    // The first start of a version compiles; it is everybody's once, and not what is measured.
    timeOf(COMMAND, ['--help']);
    await timeToReady(folder);
    for (let round = 0; round < rounds; round += 1) {
      times.empty.push(timeOf(process.execPath, ['-e', '0']));
      times.help.push(timeOf(COMMAND, ['--help']));
      times.ready.push(await timeToReady(folder));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const baseline: BenchFigure = { name: 'node -e 0', value: median(times.empty), unit: 'ms' };
  const result = (name: string, values: readonly number[], goalMs: number): BenchResult => {
    const value = median(values);
    const note = `median of ${rounds}; fastest ${Math.min(...values).toFixed(0)} ms`;
    return compared({ name, value, unit: 'ms', goal: `< ${goalMs} ms`, met: value < goalMs, note }, baseline);
  };
  return [
    result('ptp-tester --help', times.help, HELP_GOAL_MS),
    result('controller, start to ready', times.ready, READY_GOAL_MS),
  ];
}
