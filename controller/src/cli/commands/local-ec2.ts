/** The EC2 endpoint of this machine as a process of its own, so that killing the controller does not end "EC2" untidily. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CliContext } from '../cli-context.ts';

const SCRIPT = 'packages/local-ec2/src/main.ts';

export interface LocalEc2Process {
  readonly endpoint: string;
  readonly ssmEndpoint: string;
  readonly region: string;
  readonly subnetIds: readonly string[];
  /** In the environment of every process of its instances. */
  readonly marker: string;
  /** Ends the instances and waits until nothing is left. Rejects when it could not clean up. */
  close(): Promise<void>;
}

/** `ptp-tester local-ec2 ...`: its own flags, its own help. */
export async function localEc2(args: readonly string[], context: CliContext): Promise<number> {
  const child = spawnNode(context, args, 'inherit');
  context.interrupted.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const [code] = await once(child, 'exit');
  return code ?? 3;
}

/** Starts an endpoint that cleans up and ends when this process ends, however it ends. */
export async function startLocalEc2Process(args: readonly string[], context: CliContext): Promise<LocalEc2Process> {
  const child = spawnNode(context, ['--json', '--exit-with-stdin', ...args], 'pipe');
  const exited = once(child, 'exit');
  const ready = await Promise.race([firstLine(child), exited.then(([code]) => endedEarly(code))]);
  const { endpoint, ssmEndpoint, region, subnetIds, marker } = JSON.parse(ready);
  return {
    endpoint,
    ssmEndpoint,
    region,
    subnetIds,
    marker,
    async close() {
      child.stdin?.end();
      const [code] = await exited;
      if (code !== 0) throw new Error(`local-ec2 ended with exit code ${code}; something of its instances may be left`);
    },
  };
}

/** A process group of its own: Ctrl-C at the terminal reaches only us, and we end it in order. */
function spawnNode({ root, stderr }: CliContext, args: readonly string[], stdio: 'inherit' | 'pipe'): ChildProcess {
  const own = stdio === 'inherit' ? 'inherit' : (['pipe', 'pipe', 'inherit'] as const);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, SCRIPT), ...args], {
    stdio: own === 'inherit' ? 'inherit' : [...own],
    detached: stdio === 'pipe',
  });
  child.on('error', (error) => stderr.write(`local-ec2 could not be started: ${error.message}\n`));
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('local-ec2 has no standard output');
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, 'line');
  return line;
}

function endedEarly(code: number | null): never {
  throw new Error(`local-ec2 ended before it was ready (exit code ${code})`);
}
