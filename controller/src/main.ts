/** The ptp-tester command: wires the process to the command line. The only file that reads the environment. */
import { execFile } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BuiltAgent } from './app/agent-files.ts';
import type { CliContext, Farewell } from './cli/cli-context.ts';
import { UsageError } from './cli/cli-error.ts';
import { parseCommandLine } from './cli/command-line.ts';
import { createCommands } from './cli/commands.ts';
import type { Architecture } from './fleet/ec2.ts';

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The agent is another program of this repository: it is built by its own script, never imported. */
async function buildAgent(architecture: Architecture, interrupted: AbortSignal): Promise<BuiltAgent> {
  const script = join(root, 'agent/bundle.ts');
  const arch = architecture === 'x86_64' ? 'x64' : architecture;
  const args = ['--disable-warning=ExperimentalWarning', script, '--json', '--arch', arch];
  const say = () =>
    process.stderr.write(
      `building the agent file for ${architecture} (some seconds, once for each version of the sources) ...\n`,
    );
  const notice = setTimeout(say, 1000);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    // What instances download is the compressed file, so its sha256 is the one that they are told.
    return JSON.parse(stdout).compressed;
  } catch (error) {
    // Ctrl-C at a terminal goes to the script as well.
    if (interrupted.aborted)
      throw new UsageError(`Stopped while the agent file for ${architecture} was built: nothing was launched.`);
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new UsageError(`The agent file for ${architecture} could not be built: ${said === '' ? error : said}`);
  } finally {
    clearTimeout(notice);
  }
}

let farewell: () => Farewell = () => ({ text: '', exitCode: 130 });

/** Says good-bye and leaves, whatever is under way. */
function leaveAtOnce(): never {
  const { text, exitCode } = farewell();
  // After the restoring of the screen, which takes with it what was written before.
  process.once('exit', () => writeSync(2, text));
  process.exit(exitCode);
}

/** The first signal asks to end in order, the second one ends at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) leaveAtOnce();
      controller.abort(new Error(`interrupted by ${signal}`));
    });
  }
  // Whoever read our output is gone (`| head`): end in order, so that nothing is left behind.
  process.stdout.on('error', (error) => controller.abort(error));
  return controller.signal;
}

/** Only for a command that runs: help is there without a logger. */
async function openContext(): Promise<CliContext> {
  const { makeLog } = await import('./app/make-log.ts');
  const interrupted = interruptSignal();
  return {
    version,
    root,
    home: homedir(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    log: makeLog(
      {
        // A service tells each change; the other commands show them by themselves.
        level: process.env['PTP_TESTER_LOG'] ?? (process.argv[2] === 'serve' ? 'info' : 'warn'),
        terminal: process.stderr.isTTY,
        color: !process.env['NO_COLOR'],
      },
      { write: (text) => writeSync(2, text) },
    ),
    aws: {
      ec2Endpoint: process.env['AWS_ENDPOINT_URL_EC2'] || process.env['AWS_ENDPOINT_URL'],
      ssmEndpoint: process.env['AWS_ENDPOINT_URL_SSM'] || process.env['AWS_ENDPOINT_URL'],
      stsEndpoint: process.env['AWS_ENDPOINT_URL_STS'] || process.env['AWS_ENDPOINT_URL'],
    },
    buildAgent: (architecture) => buildAgent(architecture, interrupted),
    terminal: {
      redraws: process.stdout.isTTY && process.env['TERM'] !== 'dumb',
      colors: !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
      atExit: (restore) => {
        process.once('exit', restore);
        return () => process.off('exit', restore);
      },
    },
    now: () => Date.now(),
    interrupted,
    interrupt: () => process.kill(process.pid, 'SIGINT'),
    beforeLeaving: (say) => {
      farewell = say;
    },
  };
}

// Whoever read the help is gone (`| head -1`): that is no error. A command that runs ends in order then.
process.stdout.on('error', () => undefined);

const output = { out: (text: string) => process.stdout.write(text), err: (text: string) => process.stderr.write(text) };
const parsed = await parseCommandLine(process.argv.slice(2), {
  version,
  commands: createCommands(openContext),
  output,
});
process.exitCode = 'run' in parsed ? await parsed.run() : parsed.exitCode;
