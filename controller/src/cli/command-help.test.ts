/** Every command's help: real examples, each of which is a command line that the command takes. */
import { expect, it } from 'vitest';
import { TIME_COLUMNS } from '../analysis/import/parse-offsets-csv.ts';
import { type Commands, type ParsedCommand, parseCommandLine } from './command-line.ts';

interface Answered {
  readonly parsed: ParsedCommand;
  readonly printed: string;
}

/** Whatever is chosen does nothing and is completed. */
const COMMANDS = new Proxy({} as Commands, { get: () => () => Promise.resolve(0) });

async function answered(argv: readonly string[]): Promise<Answered> {
  let printed = '';
  const say = (text: string) => {
    printed += text;
  };
  const parsed = await parseCommandLine(argv, { version: '0', commands: COMMANDS, output: { out: say, err: say } });
  if ('run' in parsed) await parsed.run();
  return { parsed, printed };
}

async function helpOf(...words: readonly string[]): Promise<string> {
  return (await answered([...words, '--help'])).printed;
}

/** The command lines of the examples, without what a shell adds: the words after `ptp-tester`. */
function examplesOf(help: string): string[][] {
  const [, examples = ''] = help.split('Examples:\n');
  const lines = examples.replaceAll('\\\n', ' ').split('\n');
  return lines.flatMap((line) => {
    const [, words = null] = /^ {2}(?:eval "\$\()?ptp-tester (.*?)(?:\)"| \| .*| {3,}\S.*)?$/.exec(line) ?? [];
    return words === null ? [] : [wordsOf(words)];
  });
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|((?:\$\([^)]*\)|\S)+)/g)].map(
    ([, one, two, bare]) => one ?? two ?? bare ?? '',
  );
}

/** The endpoint has a help of its own. */
const ELSEWHERE = ['local-ec2'];
const { printed: fish } = await answered(['completion', 'fish']);
const names = [...fish.matchAll(/-n __fish_use_subcommand -a (\S+)/g)].map(([, name = '']) => name);

it.each(names.filter((name) => !ELSEWHERE.includes(name)))('shows two real examples of %s', async (name) => {
  const examples = examplesOf(await helpOf(name));
  expect(examples.length).toBeGreaterThanOrEqual(2);
  for (const words of examples) {
    expect(words[0]).toBe(name);
    const { parsed, printed } = await answered(words);
    expect('run' in parsed, `ptp-tester ${words.join(' ')}\n${printed}`).toBe(true);
  }
});

it('shows examples of the whole, which are taken too', async () => {
  const examples = examplesOf(await helpOf());
  expect(examples.map(([name]) => name)).toEqual(['demo', 'run', 'report']);
  for (const words of examples) expect('run' in (await answered(words)).parsed, words.join(' ')).toBe(true);
});

it('a flag that a command does not have is not taken', async () => {
  expect((await answered(['keep', '20261120-231757-k3f9', 'all', '--yes'])).parsed).toEqual({ exitCode: 2 });
});

it('analyze names every column of time that it takes', async () => {
  const help = await helpOf('analyze');
  for (const column of TIME_COLUMNS) expect(help).toContain(column);
});
