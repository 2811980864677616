/** The completion scripts, really sourced by bash. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Commands, parseCommandLine } from './command-line.ts';

let directory = '';
let script = '';

async function printed(...argv: string[]): Promise<string> {
  let text = '';
  const say = (more: string) => {
    text += more;
  };
  const parsed = await parseCommandLine(argv, {
    version: '0',
    commands: {} as Commands,
    output: { out: say, err: say },
  });
  if ('run' in parsed) await parsed.run();
  return text;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ptp-completion-'));
  mkdirSync(join(directory, 'ptp-tester-data/runs/20261121-040000-aaaa'), { recursive: true });
  mkdirSync(join(directory, 'other/runs/20261121-050000-bbbb'), { recursive: true });
  script = await printed('completion', 'bash');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What bash offers for these words, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const ask = `eval "$SCRIPT"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ptp_tester; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '-c', ask, 'bash', 'ptp-tester', ...words];
  const text = execFileSync('bash', args, {
    cwd: directory,
    env: { ...process.env, SCRIPT: script },
    encoding: 'utf8',
  });
  return text.split('\n').filter((line) => line !== '');
}

it('offers the commands, and those that begin so', () => {
  expect(offered('')).toEqual(
    expect.arrayContaining(['demo', 'run', 'serve', 'watch', 'extend', 'stop', 'completion']),
  );
  expect(offered('wa')).toEqual(['watch']);
});

it("offers a command's own flags, and the values of a flag that has only some", () => {
  expect(offered('run', '--dur')).toEqual(['--duration']);
  expect(offered('demo', '--max-life')).toEqual([]);
  expect(offered('report', '--format', 'h')).toEqual(['html']);
  expect(offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
});

it('offers the runs of the data directory where a run is wanted', () => {
  expect(offered('watch', '2')).toEqual(['20261121-040000-aaaa']);
  expect(offered('watch', '--data', 'other', '2')).toEqual(['20261121-050000-bbbb']);
  expect(offered('compare', '20261121-030000-cccc', '2')).toEqual(['20261121-040000-aaaa']);
  expect(offered('run', '2')).toEqual([]);
});

it('leaves to the shell what a flag takes that may be anything', () => {
  expect(offered('run', '--config', '')).toEqual([]);
});

it('knows every command in fish and zsh too', async () => {
  const fish = await printed('completion', 'fish');
  for (const name of ['demo', 'watch', 'local-ec2']) expect(fish).toContain(`-n __fish_use_subcommand -a ${name} `);
  expect(await printed('completion', 'zsh')).toContain('bashcompinit');
});

it('refuses a shell that it does not know, and names those it does', async () => {
  expect(await printed('completion', 'tcsh')).toContain('Allowed choices are bash, zsh, fish');
});
