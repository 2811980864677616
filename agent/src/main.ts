/** The agent's command line, signals and exit code. The only file that reads the process's environment and arguments. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CodecEnvironment } from '@ptp-tester/wire';
import { AgentError } from './agent-error.ts';
import { type AgentConfig, parseAgentConfig } from './config.ts';
import { AGENT_VERSION } from './version.ts';

const HELP = `ptp-tester agent ${AGENT_VERSION}: measures this machine's clocks and reports to its controller

  agent run --config FILE   measure by the controller's plan until it says to finish
  agent setup --config FILE [--install]
                            as root: enable the PHC and configure chrony as the stored plan says, and
                            restart chronyd where the agent asked for it;
                            --install: have that done by systemd whenever the agent stores a plan
  agent status [--config FILE] [--json]
                            what the agent of this machine does; FILE is /etc/ptp-tester/agent.json if not given
  agent undo [--chrony-only]
                            as root: put back every file that setup changed
  agent --version           print the version
  agent --help              print this

Exit codes: 0 finished or stopped, 1 failed (status: the agent does not run), 2 usage or configuration.
`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** A connection that does not end by itself must not keep the process. */
const LAST_EXIT_MS = 5_000;

const zstd: CodecEnvironment = {
  crc32,
  compress: (bytes) => zstdCompressSync(bytes),
  decompress: (bytes, maxLength) =>
    zstdDecompressSync(bytes, { maxOutputLength: maxLength, params: { [constants.ZSTD_d_windowLogMax]: 20 } }),
};

function main(args: readonly string[]): Promise<number> {
  const [command, option, path, ...rest] = args;
  if (command === '--version') return print(`${AGENT_VERSION}\n`);
  if (command === '--help') return print(HELP);
  if (command === 'run' && option === '--config' && path !== undefined && rest.length === 0) {
    return run(readConfig(path));
  }
  if (command === 'setup' && option === '--config' && path !== undefined) return setUp(path, rest);
  if (command === 'undo') return undo(args.slice(1));
  if (command === 'status') return status(args.slice(1));
  process.stderr.write(`agent: these arguments are not known: ${args.join(' ')}\n\n${HELP}`);
  return Promise.resolve(EXIT_USAGE);
}

function print(text: string): Promise<number> {
  process.stdout.write(text);
  return Promise.resolve(0);
}

function readConfig(path: string): AgentConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AgentError('config_unreadable', `the configuration ${path} cannot be read`, { cause });
  }
  return parseAgentConfig(text);
}

/** In process isolation the instance is this machine, whose time is not ours to touch. */
function isOwnMachine(): boolean {
  return (process.env['PTP_TESTER_ROOT'] ?? '') === '';
}

async function setUp(configPath: string, flags: readonly string[]): Promise<number> {
  const config = readConfig(configPath);
  const { installUnits, mayChangeMachine, setupCommand } = await import('./setup/setup-command.ts');
  if (!isOwnMachine() || !(await mayChangeMachine())) {
    return print('this instance is a part of a machine: it is only looked at\n');
  }
  const options = { stateDir: config.stateDir, agentPath: process.execPath, configPath };
  if (flags.includes('--install')) {
    await installUnits(options);
    return 0;
  }
  const { loadNativeClocks } = await import('@ptp-tester/native');
  const result = await setupCommand({ ...options, say }, loadNativeClocks({ tempDirs: [config.stateDir] }));
  const text = result === null ? 'there is no plan with a setup yet' : JSON.stringify(result, null, 1);
  return print(`${text}\n`);
}

async function undo(flags: readonly string[]): Promise<number> {
  if (!isOwnMachine()) return print('this instance is a part of a machine: nothing was set up\n');
  const { undoBeforeChronyd, undoCommand } = await import('./setup/setup-command.ts');
  if (flags.includes('--chrony-only')) {
    await undoBeforeChronyd();
    return 0;
  }
  const problem = await undoCommand();
  if (problem === null) return print('every file is as it was\n');
  say(problem);
  return EXIT_FAILED;
}

function say(text: string): void {
  process.stderr.write(`agent: ${text}\n`);
}

const CONFIG_PATH = '/etc/ptp-tester/agent.json';

function parseStatusArgs(args: readonly string[]): { readonly config: string; readonly json: boolean } {
  try {
    const config = { type: 'string', default: CONFIG_PATH } as const;
    const json = { type: 'boolean', default: false } as const;
    return parseArgs({ args: [...args], options: { config, json } }).values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError('usage', `agent status [--config FILE] [--json]: ${problem}`, { cause });
  }
}

async function status(args: readonly string[]): Promise<number> {
  const { config, json } = parseStatusArgs(args);
  const { stateDir } = readConfig(config);
  const { readNow, readStatus } = await import('./read-status.ts');
  const { showStatus } = await import('./show-status.ts');
  const file = await readStatus(stateDir);
  if (file === null) {
    say(`there is no status in ${stateDir} yet: the agent has not started; look at: journalctl -u ptp-tester-agent`);
    return EXIT_FAILED;
  }
  const { loadNativeClocks } = await import('@ptp-tester/native');
  const { text, isCurrent } = showStatus(file, readNow(loadNativeClocks({ tempDirs: [stateDir] })));
  await print(json ? `${JSON.stringify({ running: isCurrent, ...file }, null, 1)}\n` : text);
  return isCurrent ? 0 : EXIT_FAILED;
}

/** Loaded only here: `--version` needs neither the addon nor the rest. */
async function run(config: AgentConfig): Promise<number> {
  const { pino } = await import('pino');
  const { loadNativeClocks } = await import('@ptp-tester/native');
  const { startAgent } = await import('./start-agent.ts');
  const { openMachine } = await import('./machine.ts');
  const { DEFAULT_METADATA_ENDPOINT, readIdentityProof, readInstanceFacts, readScheduledMaintenance } = await import(
    './instance-facts.ts'
  );
  const { requestText } = await import('./request-text.ts');
  const { askForSetupIn } = await import('./setup-request.ts');
  const { setNodeTimer } = await import('./timer.ts');
  const { webSocketConnect } = await import('./uplink/websocket.ts');
  const log = pino({ base: null }, pino.destination({ fd: 2, sync: true }));
  const native = loadNativeClocks({ tempDirs: [config.stateDir] });
  const endpoint = process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? DEFAULT_METADATA_ENDPOINT;
  const metadata = { endpoint, request: requestText };
  const readFacts = () => readInstanceFacts(metadata);
  const readMaintenance = () => readScheduledMaintenance(metadata);
  const early = stopOnSignals(() => process.exit(0));
  const { agent, watch } = await startAgent(config, {
    openMachine: (gauges) => openMachine({ native, gauges, readFacts, readMaintenance, config }),
    readProof: () => readIdentityProof(metadata),
    connect: webSocketConnect({ controllerUrl: config.controllerUrl, caPem: config.caPem }),
    env: zstd,
    setTimer: setNodeTimer,
    random: Math.random,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    askForSetup: askForSetupIn(process.env['RUNTIME_DIRECTORY']),
    log,
  });
  early();
  stopOnSignals(() => {
    agent.stop('stopped').catch((error: unknown) => fail(error));
  });
  const end = await agent.ended;
  watch.end();
  log.info({ end }, 'the agent ends');
  return 0;
}

/** Calls back on SIGTERM and SIGINT; returns what ends that. */
function stopOnSignals(stop: () => void): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

function fail(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`agent: ${text}\n`);
  exitWith(error instanceof AgentError ? EXIT_USAGE : EXIT_FAILED);
}

function exitWith(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), LAST_EXIT_MS).unref();
}

Promise.resolve()
  .then(() => main(process.argv.slice(2)))
  .then(exitWith, fail);
