/** The real script of deploy/, with a /proc of its own and with `sleep` and `shutdown` that move time and write down. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = new URL('../../../../deploy/dead-mans-switch.sh', import.meta.url).pathname;

let root: string;

/** How each round of the script's loop goes on: uptime that passes, and orders that come. */
interface Round {
  readonly passes?: number;
  readonly order?: string;
}

function put(path: string, text: string): void {
  writeFileSync(join(root, path), text);
}

function putCommand(name: string, body: string): void {
  put(`commands/${name}`, `#!/bin/sh\n${body}\n`);
  chmodSync(join(root, 'commands', name), 0o755);
}

/** Runs the script for these rounds; it ends when they do. */
function live(lifeS: number, rounds: readonly Round[], boot: { id: string; uptime: number }) {
  put('proc/sys/kernel/random/boot_id', `${boot.id}\n`);
  put('proc/uptime', `${boot.uptime}.25 100.00\n`);
  rmSync(join(root, 'calls'), { force: true });
  let uptime = boot.uptime;
  const steps = rounds.map(({ passes = 5, order }, at) => {
    uptime += passes;
    const give = order === undefined ? '' : `echo '"${order}"' >"${root}/order"; `;
    return `${at + 1}) ${give}echo ${uptime}.75 1 >"${root}/proc/uptime" ;;`;
  });
  put('round', '0\n');
  putCommand(
    'sleep',
    `read -r n <"${root}/round"; n=$((n + 1)); echo $n >"${root}/round"
case $n in ${steps.join(' ')} *) kill $PPID ;; esac`,
  );
  const state = join(root, 'state');
  const result = spawnSync('sh', [SCRIPT, String(lifeS), join(root, 'order'), state, join(root, 'proc')], {
    encoding: 'utf8',
    env: { PATH: `${root}/commands:/usr/bin:/bin` },
  });
  const calls = existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : [];
  return { calls, said: result.stdout, answer: readFileSync(join(state, 'answer'), 'utf8').trim() };
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ptp-switch-'));
  for (const folder of ['commands', 'proc/sys/kernel/random']) mkdirSync(join(root, folder), { recursive: true });
  putCommand('shutdown', `echo "shutdown $*" >>"${root}/calls"`);
});

afterEach(() => rmSync(root, { recursive: true }));

describe("the dead-man's switch", () => {
  it('counts from when it was armed, and powers off at its limit', () => {
    const { calls, said, answer } = live(60, [{ passes: 59 }, { passes: 1 }], { id: 'a', uptime: 1000 });
    expect(calls).toEqual(['shutdown -h now']);
    expect(said).toContain('60 s of uptime are consumed');
    expect(answer).toBe('armed');
  });

  it('goes on trying when the power does not go off', () => {
    const { calls } = live(10, [{ passes: 10 }, {}, {}], { id: 'a', uptime: 0 });
    expect(calls).toHaveLength(3);
  });

  it('goes on counting in another process of the same boot', () => {
    live(100, [{ passes: 60 }], { id: 'a', uptime: 20 });
    expect(live(100, [{ passes: 9 }], { id: 'a', uptime: 110 }).calls).toEqual([]);
    expect(live(100, [{ passes: 1 }], { id: 'a', uptime: 119 }).calls).toEqual(['shutdown -h now']);
  });

  it('goes on counting after a reboot, which takes at most a minute away', () => {
    live(
      200,
      Array.from({ length: 25 }, () => ({ passes: 5 })),
      { id: 'a', uptime: 0 },
    );
    const { calls, said } = live(200, [{ passes: 40 }, { passes: 40 }], { id: 'b', uptime: 7 });
    expect(said).toContain('armed, limit 200 s of uptime, 120 s of it consumed before');
    expect(calls).toEqual(['shutdown -h now']);
  });

  it('stands down when ordered to, remembers it over a reboot, and counts meanwhile', () => {
    const ordered = live(100, [{ order: 'disarmed' }, { passes: 500 }], { id: 'a', uptime: 0 });
    expect(ordered).toMatchObject({ calls: [], answer: 'disarmed' });
    rmSync(join(root, 'order'));
    expect(live(100, [{ passes: 500 }], { id: 'b', uptime: 5 })).toMatchObject({ calls: [], answer: 'disarmed' });
    const armed = live(100, [{ order: 'armed' }, {}], { id: 'b', uptime: 600 });
    expect(armed.answer).toBe('armed');
    expect(armed.calls[0]).toBe('shutdown -h now');
  });

  it('powers off at once when the agent asks for it', () => {
    expect(live(1000, [{ order: 'fire' }, {}], { id: 'a', uptime: 0 }).calls[0]).toBe('shutdown -h now');
  });

  it('begins anew when its own file is damaged, and ignores orders it does not know', () => {
    mkdirSync(join(root, 'state'));
    put('state/consumed', 'a 12 $(reboot)\n');
    put('order', 'rm -rf /\n');
    expect(live(50, [{ passes: 49 }], { id: 'a', uptime: 5000 })).toMatchObject({ calls: [], answer: 'armed' });
    expect(readFileSync(join(root, 'state/consumed'), 'utf8')).toBe('a 5000 0\n');
  });
});
