/** Bad input on the command line: each gives one clear text and an exit code, and nothing is launched. */
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { CliSite } from '../spine/cli-site.ts';
import { freePort } from '../spine/free-port.ts';

const SUBNET = ['--subnet-id', 'subnet-0123456789abcdef0'];
const TYPES = ['--instance-types', 'c7i.large'];

const FILES: Readonly<Record<string, string>> = {
  'broken.yaml': 'instance_types:\n  - type: c7i.large\n    quantity: [1\n',
  'broken.json': '{"subnet_id": "subnet-0123456789abcdef0",',
  'unknown.yaml': 'subnet: subnet-0123456789abcdef0\n',
  'wrong.json': '{"soak": {"interval_ms": "often"}}',
};

const BAD: readonly { readonly what: string; readonly args: readonly string[]; readonly says: RegExp }[] = [
  {
    what: 'malformed YAML',
    args: ['run', ...TYPES, ...SUBNET, '--config', 'broken.yaml'],
    says: /broken\.yaml.*line/s,
  },
  { what: 'malformed JSON', args: ['run', ...TYPES, ...SUBNET, '--config', 'broken.json'], says: /broken\.json/ },
  { what: 'an unknown key', args: ['run', ...TYPES, '--config', 'unknown.yaml'], says: /subnet.*not a known key/ },
  { what: 'a wrong value', args: ['run', ...TYPES, ...SUBNET, '--config', 'wrong.json'], says: /soak\.interval_ms/ },
  { what: 'an absent file', args: ['run', ...TYPES, ...SUBNET, '--config', 'none.yaml'], says: /none\.yaml/ },
  {
    what: 'a folder for a file',
    args: ['run', ...TYPES, ...SUBNET, '--config', '.'],
    says: /--config: \. is a folder: name the file in it/,
  },
  // Read where the user stands, not where the program lies.
  { what: "the stand-in's own file", args: ['local-ec2', '--faults', 'broken.json'], says: /--faults: broken\.json: / },
  { what: 'an unknown flag', args: ['run', '--instancetypes', 'c7i.large'], says: /--instancetypes/ },
  { what: 'an unknown command', args: ['lauch'], says: /lauch/ },
  { what: 'a missing subnet', args: ['run', ...TYPES], says: /--subnet-id/ },
  { what: 'missing types', args: ['run', ...SUBNET], says: /--instance-types/ },
  { what: 'a bad duration', args: ['run', ...TYPES, ...SUBNET, '--duration', 'soon'], says: /--duration.*"soon"/ },
  { what: 'a bad address', args: ['serve', '--listen', 'localhost'], says: /--listen.*HOST:PORT/ },
  { what: 'no data to report on', args: ['status', '--data', 'none'], says: /--data.*not a data directory/ },
];

it.concurrent.for(BAD)(
  'says what is wrong with $what, exits with 2 and makes nothing',
  async ({ args, says }, { onTestFinished }) => {
    const site = new CliSite(onTestFinished);
    for (const [name, text] of Object.entries(FILES)) writeFileSync(site.path(name), text);
    const program = await site.run(...args);
    expect(program.end, program.describe()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(says);
    expect(program.stderr).not.toMatch(/\n {4}at |unexpected/);
    expect(program.stdout).toBe('');
    expect(existsSync(site.path('ptp-tester-data'))).toBe(false);
  },
);

it.concurrent.for(['--listen', '--agent-listen'])(
  'names the fix when the port of %s is in use',
  async (flag, { onTestFinished }) => {
    const site = new CliSite(onTestFinished);
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const other = flag === '--listen' ? '--agent-listen' : '--listen';
    const program = await site.run('serve', flag, `127.0.0.1:${port}`, other, '127.0.0.1:0');
    expect(program.end, program.describe()).toEqual({ code: 3, signal: null });
    expect(program.stderr).toContain(`127.0.0.1:${port}`);
    expect(program.stderr).toContain(flag);
    expect(program.stderr).not.toMatch(/\n {4}at /);
  },
);

it.concurrent('names the holder and the fix when another controller holds the data directory', async ({
  onTestFinished,
}) => {
  const site = new CliSite(onTestFinished);
  const listen = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0', '--data', site.path('data')];
  const holder = site.start('serve', '--json', ...listen);
  await holder.line(/"resumed"/);
  const program = await site.run('serve', ...listen);
  expect(program.end, program.describe()).toEqual({ code: 2, signal: null });
  expect(program.stderr).toContain(`pid ${holder.pid}`);
  expect(program.stderr).toContain('--data');
  expect(program.stdout).toBe('');
  expect(await holder.stop('SIGINT')).toEqual({ code: 0, signal: null });
});
