/** `npm run bench [-- NAME ...] [--short] [--json]`: every figure with its baseline from the same run and the ratio. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAgentCost } from './agent-cost.ts';
import type { BenchResult } from './bench-result.ts';
import { benchClockTriple } from './clock-triple.ts';
import { benchCodec } from './codec.ts';
import { benchConnections } from './connections.ts';
import { benchDownsample } from './downsample.ts';
import { benchIngest } from './ingest.ts';
import { benchJudge } from './judge.ts';
import { benchLive } from './live.ts';
import { benchNamespaceLaunch } from './namespace-launch.ts';
import { benchReport } from './report.ts';
import { benchStability } from './stability.ts';
import { benchStartUp } from './start-up.ts';

interface Bench {
  readonly about: string;
  run(short: boolean): Promise<readonly BenchResult[]>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  start: {
    about: 'the command until its help, and a controller until it is ready',
    run: (short) => benchStartUp(short),
  },
  clock: { about: 'clock triple through the addon against a plain C loop', run: () => benchClockTriple() },
  codec: { about: 'record codec: speed and size', run: () => benchCodec() },
  stability: { about: 'MTIE, TDEV and OADEV of long series', run: (short) => benchStability(short) },
  downsample: { about: 'a 7-day 1 Hz stream to 1000 points', run: () => benchDownsample() },
  ingest: { about: 'durable ingest over WebSockets from 1000 agents', run: (short) => benchIngest(short ? 4 : 10) },
  connections: { about: 'many connected agents', run: (short) => benchConnections(short ? 1000 : 10_000) },
  live: { about: 'the live socket: 500 agents, ten readers', run: (short) => benchLive(short ? 5 : 15) },
  judge: { about: 'the interim judgement of a soaking fleet', run: (short) => benchJudge(short) },
  report: { about: 'the report of a fleet, on threads', run: (short) => benchReport(short) },
  launch: {
    about: 'namespace instances from RunInstances to running (root)',
    run: (short) => benchNamespaceLaunch(short),
  },
  agent: { about: 'what the agent costs', run: (short) => benchAgentCost(short ? 10 : 60) },
};

const HELP = `npm run bench [-- NAME ...] [--short] [--json]

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join('\n')}

Without names all of them run. --short takes a fraction of the time and is less exact.
Examples:
  npm run bench -- codec downsample
  npm run bench -- --short --json
`;

function formatNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

function lineOf(result: BenchResult): string {
  const parts = [`  ${result.name}: ${formatNumber(result.value)} ${result.unit}`];
  if (result.baseline) {
    parts.push(`baseline ${result.baseline.name}: ${formatNumber(result.baseline.value)} ${result.baseline.unit}`);
  }
  if (result.ratio !== undefined) parts.push(`ratio ${result.ratio.toPrecision(3)}`);
  if (result.goal !== undefined) parts.push(`goal ${result.goal}: ${result.met === true ? 'met' : 'MISSED'}`);
  return `${parts.join('; ')}${result.note === undefined ? '' : `\n      ${result.note}`}`;
}

interface Arguments {
  readonly names: readonly string[];
  readonly short: boolean;
  readonly json: boolean;
}

/** The arguments, or the exit code after help or a usage error. */
function parseArguments(args: readonly string[]): Arguments | number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { short: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const unknown = positionals.filter((name) => BENCHES[name] === undefined);
  if (unknown.length > 0) {
    process.stderr.write(`no benchmark is called ${unknown.join(', ')}\n\n${HELP}`);
    return 2;
  }
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  return { names, short: values.short === true, json: values.json === true };
}

async function runBench(name: string, { short, json }: Arguments): Promise<void> {
  const bench = BENCHES[name];
  if (bench === undefined) return;
  if (!json) process.stdout.write(`\n${name}: ${bench.about}\n`);
  for (const result of await bench.run(short)) {
    process.stdout.write(`${json ? JSON.stringify({ bench: name, ...result }) : lineOf(result)}\n`);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args);
  if (typeof parsed === 'number') return parsed;
  if (!parsed.json) {
    process.stdout.write(`${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}\n`);
  }
  for (const name of parsed.names) await runBench(name, parsed);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
