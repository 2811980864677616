import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FleetError } from '../fleet-error.ts';
import { quoteForShell, renderUserData, USER_DATA_MAX_BYTES, type UserDataValues } from './user-data.ts';
import { readUserDataTemplates } from './user-data-templates.ts';

const TEMPLATES = await readUserDataTemplates();
const AGENT = '#!/bin/sh\necho agent\n';
const VALUES: UserDataValues = {
  controllerUrl: 'http://127.0.0.1:7600',
  run: '20261120-231757-k3f9',
  index: 2,
  attempt: 1,
  token: 'ab'.repeat(32),
  agentSha256: createHash('sha256').update(AGENT).digest('hex'),
  agentUrl: null,
  lifeS: 5400,
  caPem: null,
};
/** Shaped like one; nothing here reads it. */
const CA_PEM = `-----BEGIN CERTIFICATE-----\n${`${'Ab+/'.repeat(16)}\n`.repeat(12)}bQ==\n-----END CERTIFICATE-----\n`;

describe('rendering user data', () => {
  it('fills in every placeholder and stays far below the limit, with a certificate too', () => {
    const script = renderUserData(TEMPLATES, { ...VALUES, caPem: CA_PEM });
    expect(script).not.toMatch(/@[A-Za-z0-9_]+@/);
    expect(script).toContain(`token='${VALUES.token}'`);
    expect(script).toContain(`ExecStart=\${ROOT}/opt/ptp-tester/agent run --config`);
    expect(Buffer.byteLength(script)).toBeLessThan(0.65 * USER_DATA_MAX_BYTES);
    expect(renderUserData(TEMPLATES, { ...VALUES, caPem: CA_PEM })).toBe(script);
  });

  it('is clean to shellcheck, as are the scripts it is made from', ({ skip }) => {
    if (spawnSync('shellcheck', ['--version']).error !== undefined) skip('shellcheck is not installed');
    const { switchScript, setupScript, diagnosticsScript } = TEMPLATES;
    const all = [renderUserData(TEMPLATES, VALUES), switchScript, setupScript, diagnosticsScript];
    for (const input of all) {
      expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' }).stdout).toBe('');
    }
  });

  it('has units that systemd accepts', ({ skip }) => {
    if (spawnSync('systemd-analyze', ['--version']).error !== undefined) skip('systemd-analyze is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'ptp-units-'));
    const { switchUnit, setupUnit, agentUnit } = TEMPLATES;
    const units = { 'dead-mans-switch': switchUnit, setup: setupUnit, agent: agentUnit };
    const paths = Object.entries(units).map(([name, text]) => {
      const path = join(folder, `ptp-tester-${name}.service`);
      writeFileSync(path, text.replaceAll('@ROOT@', '').replaceAll('@LIFE_S@', '60'));
      return path;
    });
    const { stderr } = spawnSync('systemd-analyze', ['verify', ...paths], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    // The programs are installed on the instance, not here.
    expect(stderr.split('\n').filter((line) => line !== '' && !line.includes('is not executable'))).toEqual([]);
  });

  it('refuses values that do not look like what they are, and never prints the token', () => {
    const bad: readonly Partial<UserDataValues>[] = [
      { controllerUrl: "http://x';reboot;'" },
      { controllerUrl: 'http://x/$(reboot)' },
      { controllerUrl: 'http://x/"' },
      { controllerUrl: 'file:///etc/passwd' },
      { run: '../x' },
      { index: 0 },
      { index: 1.5 },
      { attempt: -1 },
      { agentSha256: 'AB'.repeat(32) },
      { lifeS: Number.NaN },
      { agentUrl: 'file:///etc/passwd' },
      { agentUrl: "s3://bucket/'" },
      { caPem: 'sesame' },
    ];
    for (const change of bad) {
      expect(() => renderUserData(TEMPLATES, { ...VALUES, ...change }), JSON.stringify(change)).toThrow(FleetError);
    }
    expect(() => renderUserData(TEMPLATES, { ...VALUES, token: 'sesame' })).toThrow(/^(?!.*sesame)/);
  });

  it('refuses a script beyond 16 KB of raw bytes', () => {
    const agentUnit = `${TEMPLATES.agentUnit}Documentation=${'é'.repeat(7000)}\n`;
    expect(() => renderUserData({ ...TEMPLATES, agentUnit }, VALUES)).toThrow(/EC2 accepts 16384/);
  });

  it('quotes any text as one word', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !/[\0\uD800-\uDFFF]/.test(value));
    fc.assert(
      fc.property(fc.array(text, { minLength: 30, maxLength: 30 }), (words) => {
        const script = words.map((word) => `printf '%s\\0' ${quoteForShell(word)}`).join('\n');
        expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 20 },
    );
  });
});

/** Runs the real script with its commands replaced by ones that write down how they were called. */
describe('running user data', () => {
  let root: string;
  let commands: string;

  function putCommand(name: string, body: string): void {
    writeFileSync(join(commands, name), `#!/bin/sh\necho "${name} $*" >>"$CALLS"\n${body}\n`);
    chmodSync(join(commands, name), 0o755);
  }

  /** Serves `served` wherever curl is told to put it. */
  function putCurl(served: string | Uint8Array): void {
    writeFileSync(join(root, 'served'), served);
    putCommand('curl', `while [ "$1" != --output ]; do shift; done; cat "${join(root, 'served')}" >"$2"`);
  }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ptp-user-data-'));
    commands = join(root, 'commands');
    mkdirSync(commands);
    for (const name of ['shutdown', 'poweroff', 'systemctl', 'sleep']) putCommand(name, 'exit 0');
    putCurl(AGENT);
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function run(change: Partial<UserDataValues> = {}, instanceRoot = join(root, 'instance')) {
    const result = spawnSync('sh', ['-s'], {
      input: renderUserData(TEMPLATES, { ...VALUES, ...change }),
      encoding: 'utf8',
      env: { PATH: `${commands}:/usr/bin:/bin`, PTP_TESTER_ROOT: instanceRoot, CALLS: join(root, 'calls') },
    });
    const calls = existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : [];
    rmSync(join(root, 'calls'), { force: true });
    return { status: result.status, calls, said: result.stderr };
  }

  it('arms the switch first, then installs and starts the agent', () => {
    const { status, calls, said } = run();
    expect(said).not.toContain('FAILED');
    expect(status).toBe(0);
    expect(calls.map((call) => call.replace(/^curl .*/, 'curl'))).toEqual([
      'systemctl daemon-reload',
      'systemctl enable --now ptp-tester-dead-mans-switch.service',
      'curl',
      'systemctl daemon-reload',
      'systemctl enable --now ptp-tester-setup.service',
      'systemctl enable --now ptp-tester-agent.service',
    ]);
    const instance = join(root, 'instance');
    expect(readFileSync(join(instance, 'opt/ptp-tester/agent'), 'utf8')).toBe(AGENT);
    expect(statSync(join(instance, 'opt/ptp-tester/agent')).mode & 0o777).toBe(0o755);
    expect(statSync(join(instance, 'etc/ptp-tester/agent.json')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(instance, 'etc/ptp-tester/agent.json'), 'utf8'))).toEqual({
      controller_url: VALUES.controllerUrl,
      run: VALUES.run,
      index: 2,
      attempt: 1,
      token: VALUES.token,
      state_dir: join(instance, 'var/lib/ptp-tester'),
      switch_dir: join(instance, 'var/lib/ptp-tester-switch'),
    });
    const settings = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const installed = (name: string) => readFileSync(join(instance, 'etc/systemd/system', name), 'utf8');
    expect(settings(installed('ptp-tester-agent.service'))).toEqual(
      settings(TEMPLATES.agentUnit.replaceAll('@ROOT@', instance)),
    );
    expect(installed('ptp-tester-dead-mans-switch.service')).toContain(
      `ExecStart=/bin/sh ${instance}/opt/ptp-tester/dead-mans-switch 5400 ${instance}/var/lib/ptp-tester/switch`,
    );
    for (const name of ['dead-mans-switch', 'setup']) {
      expect(readFileSync(join(instance, 'opt/ptp-tester', name), 'utf8')).toMatch(/^#!\/bin\/sh\n/);
    }
  });

  it('tells in a log that the agent can read when each step ended', () => {
    const { said } = run();
    const path = join(root, 'instance/var/lib/ptp-tester-switch/install.log');
    const log = readFileSync(path, 'utf8');
    expect(log).toBe(said);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    const lines = log.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ptp-tester: \S/);
    const times = lines.map((line) => line.slice(0, 24));
    expect(times.toSorted()).toEqual(times);
    expect(lines.map((line) => /^\S+ ptp-tester: (\w+)/.exec(line)?.[1])).toEqual([
      ...['armed', 'download', 'downloaded', 'verified', 'unpacked', 'set', 'the'],
    ]);
    expect(run().said).toContain('installed already');
    expect(readFileSync(path, 'utf8').startsWith(log)).toBe(true);
  });

  it('works without that log', () => {
    const folder = join(root, 'instance/var/lib/ptp-tester-switch');
    mkdirSync(folder, { recursive: true });
    symlinkSync('not there/install.log', join(folder, 'install.log'));
    const { status, said } = run();
    expect(said).toContain('there is no install log');
    expect(status).toBe(0);
  });

  it('trusts only the given authority, and writes it as it was', () => {
    const { status, calls } = run({ controllerUrl: 'https://10.0.0.5:7600', caPem: CA_PEM });
    const instance = join(root, 'instance');
    expect(status).toBe(0);
    expect(calls.find((call) => call.startsWith('curl'))).toContain(
      `--cacert ${instance}/etc/ptp-tester/ca.pem https://`,
    );
    expect(readFileSync(join(instance, 'etc/ptp-tester/ca.pem'), 'utf8')).toBe(CA_PEM);
    expect(JSON.parse(readFileSync(join(instance, 'etc/ptp-tester/agent.json'), 'utf8'))).toMatchObject({
      ca_pem: CA_PEM,
    });
  });

  it('checks the compressed file and installs what is in it', () => {
    const compressed = gzipSync(AGENT);
    putCurl(compressed);
    const agentSha256 = createHash('sha256').update(compressed).digest('hex');
    expect(run({ agentSha256 }).status).toBe(0);
    expect(readFileSync(join(root, 'instance/opt/ptp-tester/agent'), 'utf8')).toBe(AGENT);
    expect(run({ agentSha256 }).calls.filter((call) => call.startsWith('curl'))).toEqual([]);
  });

  it('fetches the agent from elsewhere when told to', () => {
    const fromWeb = run({ agentUrl: 'https://files.example/agent-x86_64', caPem: CA_PEM }, join(root, 'web'));
    const fetched = fromWeb.calls.find((call) => call.startsWith('curl'));
    expect(fetched).toContain('https://files.example/agent-x86_64');
    expect(fetched).not.toContain('--cacert');
    putCommand('aws', `cat "${join(root, 'served')}" >"$5"`);
    const fromS3 = run({ agentUrl: 's3://bucket/agent' }, join(root, 's3'));
    expect(fromS3.calls).toContain(
      `aws s3 cp --only-show-errors s3://bucket/agent ${root}/s3/opt/ptp-tester/agent.new`,
    );
    expect(fromS3.status).toBe(0);
  });

  it('keeps the token out of every command line and of what it says', () => {
    const { calls, said } = run();
    expect(calls.join('\n') + said).not.toContain(VALUES.token);
  });

  it('may run again: nothing is fetched twice and nothing changes', () => {
    run();
    const again = run();
    expect(again.status).toBe(0);
    expect(again.calls.filter((call) => call.startsWith('curl'))).toEqual([]);
    expect(readFileSync(join(root, 'instance/opt/ptp-tester/agent'), 'utf8')).toBe(AGENT);
  });

  it('tries ten times, then says why on the console and powers off', () => {
    putCommand('curl', 'echo "curl: (7) refused" >&2; exit 7');
    const { status, calls, said } = run();
    expect(status).toBe(1);
    expect(calls.filter((call) => call.startsWith('curl'))).toHaveLength(10);
    expect(calls.at(-1)).toBe('shutdown -h now');
    expect(said).toContain('FAILED: the agent file could not be installed from http://127.0.0.1:7600');
  });

  it('never installs a file with another sha256', () => {
    putCurl('something else');
    const { status, calls, said } = run();
    expect(status).toBe(1);
    expect(said).toContain('sha256 differs');
    expect(calls).not.toContain('systemctl enable --now ptp-tester-agent.service');
    expect(existsSync(join(root, 'instance/opt/ptp-tester/agent'))).toBe(false);
  });

  it('does not go on without its dead-man switch', () => {
    putCommand('systemctl', 'exit 1');
    putCommand('shutdown', 'exit 1');
    const { status, calls } = run();
    expect(status).toBe(1);
    expect(calls).toEqual(['systemctl daemon-reload', 'shutdown -h now', 'poweroff']);
  });

  it('says so when a folder cannot be made or has a name it cannot use', () => {
    writeFileSync(join(root, 'file'), '');
    expect(run({}, join(root, 'file')).said).toContain('could not be made');
    const strange = run({}, join(root, 'a b'));
    expect(strange.status).toBe(1);
    expect(strange.said).toContain('PTP_TESTER_ROOT may hold only');
  });
});
