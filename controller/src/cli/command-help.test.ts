/** Every command's help: real examples, and flags that exist. */
import { expect, it } from 'vitest';
import { type Commands, parseCommandLine } from './command-line.ts';

async function printed(...argv: string[]): Promise<string> {
  let text = '';
  const say = (more: string) => {
    text += more;
  };
  const output = { out: say, err: say };
  const parsed = await parseCommandLine(argv, { version: '0', commands: {} as Commands, output });
  if ('run' in parsed) await parsed.run();
  return text;
}

/** The endpoint has a help of its own. */
const ELSEWHERE = ['local-ec2'];
const fish = await printed('completion', 'fish');
const names = [...fish.matchAll(/-n __fish_use_subcommand -a (\S+)/g)].map(([, name = '']) => name);

it.each(names.filter((name) => !ELSEWHERE.includes(name)))('shows two real examples of %s', async (name) => {
  const help = await printed(name, '--help');
  const examples = help
    .slice(help.indexOf('Examples:'))
    .split('\n')
    .filter((line) => line.includes(`ptp-tester ${name}`));
  expect(examples.length).toBeGreaterThanOrEqual(2);
  const flags = examples.flatMap((line) => [...line.matchAll(/(?<= )--[a-z-]+/g)].map(([flag]) => flag));
  for (const flag of flags) expect(help.slice(0, help.indexOf('Examples:'))).toContain(flag);
});
