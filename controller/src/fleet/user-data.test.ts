import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FleetError } from './fleet-error.ts';
import { quoteForShell, renderUserData, USER_DATA_MAX_BYTES, type UserDataValues } from './user-data.ts';

const DEPLOY = new URL('../../../deploy/', import.meta.url);
const TEMPLATES = {
  script: readFileSync(new URL('user-data.sh', DEPLOY), 'utf8'),
  unit: readFileSync(new URL('systemd/ptp-tester-agent.service', DEPLOY), 'utf8'),
};
const AGENT = '#!/bin/sh\necho agent\n';
const VALUES: UserDataValues = {
  controllerUrl: 'http://127.0.0.1:7600',
  run: '20261120-231757-k3f9',
  index: 2,
  attempt: 1,
  token: 'ab'.repeat(32),
  agentSha256: createHash('sha256').update(AGENT).digest('hex'),
  lifeMinutes: 90,
};

describe('rendering user data', () => {
  it('fills in every placeholder and stays far below the limit', () => {
    const script = renderUserData(TEMPLATES, VALUES);
    expect(script).not.toMatch(/@[A-Za-z0-9_]+@/);
    expect(script).toContain(`token='${VALUES.token}'`);
    expect(script).toContain(`ExecStart=\${ROOT}/opt/ptp-tester/agent run --config`);
    expect(Buffer.byteLength(script)).toBeLessThan(USER_DATA_MAX_BYTES / 2);
    expect(renderUserData(TEMPLATES, { ...VALUES })).toBe(script);
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
      { lifeMinutes: Number.NaN },
    ];
    for (const change of bad) {
      expect(() => renderUserData(TEMPLATES, { ...VALUES, ...change }), JSON.stringify(change)).toThrow(FleetError);
    }
    expect(() => renderUserData(TEMPLATES, { ...VALUES, token: 'sesame' })).toThrow(/^(?!.*sesame)/);
  });

  it('refuses a script beyond 16 KB of raw bytes', () => {
    const unit = `${TEMPLATES.unit}# ${'é'.repeat(7000)}\n`;
    expect(() => renderUserData({ ...TEMPLATES, unit }, VALUES)).toThrow(/EC2 accepts 16384/);
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
  function putCurl(served: string): void {
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
    expect(calls[0]).toBe('shutdown -h +90');
    expect(calls.slice(2)).toEqual(['systemctl daemon-reload', 'systemctl enable --now ptp-tester-agent.service']);
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
    });
    const unit = readFileSync(join(instance, 'etc/systemd/system/ptp-tester-agent.service'), 'utf8');
    expect(unit.trimEnd()).toBe(TEMPLATES.unit.trimEnd().replaceAll('@ROOT@', instance));
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
    expect(calls).not.toContain('systemctl daemon-reload');
    expect(existsSync(join(root, 'instance/opt/ptp-tester/agent'))).toBe(false);
  });

  it('does not go on without its dead-man switch', () => {
    putCommand('shutdown', 'exit 1');
    const { status, calls } = run();
    expect(status).toBe(1);
    expect(calls).toEqual(['shutdown -h +90', 'shutdown -h now', 'poweroff']);
  });

  it('says so when a folder cannot be made or has a name it cannot use', () => {
    writeFileSync(join(root, 'file'), '');
    expect(run({}, join(root, 'file')).said).toContain('could not be made');
    const strange = run({}, join(root, 'a b'));
    expect(strange.status).toBe(1);
    expect(strange.said).toContain('PTP_TESTER_ROOT may hold only');
  });
});
