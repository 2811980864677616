/** Completion asked of the real shells: keys typed into an interactive bash and zsh on a terminal of their own, and fish's own completer. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Commands, parseCommandLine } from '../../controller/src/cli/command-line.ts';
import { Program } from '../spine/program.ts';
import { waitUntil } from '../spine/wait-until.ts';

const RUN = '20261121-040000-aaaa';
const OTHER_RUN = '20261121-050000-bbbb';
const INTERACTIVE = { bash: 'bash --norc --noprofile -i', zsh: 'zsh -f -i' } as const;

let directory = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ptp-shells-'));
  mkdirSync(join(directory, 'ptp-tester-data/runs', RUN), { recursive: true });
  mkdirSync(join(directory, 'other/runs', OTHER_RUN), { recursive: true });
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(directory, `complete.${shell}`), await printed(shell));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function printed(shell: string): Promise<string> {
  let text = '';
  const output = {
    out: (more: string) => {
      text += more;
    },
    err: (more: string) => {
      throw new Error(more);
    },
  };
  const parsed = await parseCommandLine(['completion', shell], { version: '0', commands: {} as Commands, output });
  if ('run' in parsed) await parsed.run();
  return text;
}

function isInstalled(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Said here, since a skipped test cannot say why. */
function missing(commands: readonly string[]): boolean {
  const absent = commands.filter((command) => !isInstalled(command));
  if (absent.length > 0) console.log(`skipped: not installed: ${absent.join(', ')}`);
  return absent.length > 0;
}

const environment = () => ({ PATH: process.env['PATH'] ?? '', HOME: directory, TERM: 'xterm', LANG: 'C.UTF-8' });

/** A shell on a pseudo-terminal, and what stands on it. */
class Terminal {
  readonly #program: Program;

  constructor(command: string) {
    this.#program = new Program({
      words: ['script', '-qfc', command, '/dev/null'],
      environment: environment(),
      directory,
    });
  }

  /** Types, and waits until what came since then shows it. */
  async type(keys: string, shows: RegExp): Promise<string> {
    const from = this.#program.stdout.length;
    this.#program.write(keys);
    const since = () => stripVTControlCharacters(this.#program.stdout.slice(from));
    const look = () => (shows.test(since()) ? since() : undefined);
    return await waitUntil(`${shows} after ${JSON.stringify(keys)}`, look, { timeoutMs: 20_000, explain: since });
  }

  async close(): Promise<void> {
    // Ctrl-U and Ctrl-D on an empty line: the shell ends, and its terminal with it.
    this.#program.write('\u0015\u0004');
    this.#program.closeInput();
    await this.#program.stop();
  }
}

describe.each(['bash', 'zsh'] as const)('%s', (shell) => {
  it.skipIf(missing(['script', shell]))(
    'completes commands, flags and runs when the tab key is pressed',
    async ({ onTestFinished }) => {
      const terminal = new Terminal(INTERACTIVE[shell]);
      onTestFinished(() => terminal.close());
      await terminal.type(`PS1='> '; source ./complete.${shell}; echo loa''ded\r`, /loaded[\s\S]*> /);
      await terminal.type('ptp-tester wat\t', /ptp-tester watch /);
      await terminal.type('2\t', new RegExp(RUN));
      await terminal.type('\u0015ptp-tester watch --data other 2\t', new RegExp(OTHER_RUN));
      await terminal.type('\u0015ptp-tester run --dur\t', /--duration /);
      await terminal.type('\u0015ptp-tester report --format h\t', /--format html /);
      const both = await terminal.type('\u0015ptp-tester comp\t\t', /compare\s+completion/);
      expect(both).not.toContain('acceptance');
    },
  );
});

describe('fish', () => {
  const offered = (line: string) => {
    const ask = `source ./complete.fish; complete -C ${JSON.stringify(line)}`;
    const text = execFileSync('fish', ['--no-config', '-c', ask], {
      cwd: directory,
      env: environment(),
      encoding: 'utf8',
    });
    return text
      .split('\n')
      .flatMap((one) => one.split('\t')[0] ?? [])
      .filter((one) => one !== '');
  };

  it.skipIf(missing(['fish']))('completes commands, flags and runs', () => {
    expect(offered('ptp-tester wat')).toEqual(['watch']);
    expect(offered('ptp-tester comp').toSorted()).toEqual(['compare', 'completion']);
    expect(offered('ptp-tester watch 2')).toEqual([RUN]);
    expect(offered('ptp-tester watch --data other 2')).toEqual([OTHER_RUN]);
    expect(offered('ptp-tester run --dur')).toEqual(['--duration']);
    expect(offered('ptp-tester report --format h')).toEqual(['html']);
    expect(offered('ptp-tester ')).not.toContain('ptp-tester-data/');
  });
});
