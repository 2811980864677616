/**
 * `setup` and `undo` of the arm64 agent file, run in earnest under QEMU's user mode. A user namespace keeps them from this machine: it has
 * a binfmt_misc of its own (Linux 6.7), its files lie in overlays, and its root has no right over any clock. What needs an ENA device is
 * shown on guests of this machine's architecture (test/lab): user mode passes neither PTP nor ethtool calls on.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleAgent } from '@ptp-tester/agent';
import { afterAll, beforeAll, expect, it } from 'vitest';

const EMULATOR = '/usr/bin/qemu-aarch64-static';
const LIBRARIES = '/usr/aarch64-linux-gnu';
/** ELF64, little endian, executable, EM_AARCH64; `F`: the emulator is opened now. As QEMU's own qemu-binfmt-conf.sh has it. */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
const BINFMT = '/proc/sys/fs/binfmt_misc';
const REGISTER = `mount -t binfmt_misc none ${BINFMT} && printf '%s' ':arm64:M::${MAGIC}:${MASK}:${EMULATOR}:F' >${BINFMT}/register`;

const CONFIG = {
  controller_url: 'http://127.0.0.1:1',
  run: '20261120-231757-k3f9',
  index: 1,
  attempt: 1,
  token: 'never used',
  state_dir: '/var/lib/ptp-tester',
};
const PLAN = {
  generation: 1,
  phase: 'measure',
  sources: { phc: { interval_ms: 250, readings: 3, mode: 'device' } },
  batch: { max_samples: 60, max_age_ms: 1000 },
  spool_max_bytes: 1 << 20,
  setup: { enable_phc: 'auto', configure_chrony: true },
};

/** Nothing it writes below these folders reaches this machine; at the end it lists what it wrote. */
const SCRIPT = `set -eu
work=$1 agent=$2
mount -t tmpfs none "$work"
for folder in etc var/lib run; do
  layer=$work/$(echo "$folder" | tr / _)
  mkdir -p "$layer/upper" "$layer/work"
  mount -t overlay none -o "lowerdir=/$folder,upperdir=$layer/upper,workdir=$layer/work" "/$folder"
done
mkdir -p /etc/ptp-tester /var/lib/ptp-tester
printf '%s' "$CONFIG" >/etc/ptp-tester/agent.json
printf '%s' "$PLAN" >/var/lib/ptp-tester/plan.json
"$agent" setup --config /etc/ptp-tester/agent.json
echo "== $("$agent" undo)"
cd "$work" && find ./*/upper -type f | sort
`;

/** In new namespaces of every kind that setup could reach out of. */
function inNamespaces(script: string, ...words: readonly string[]) {
  const args = ['--user', '--map-root-user', '--mount', '--net', '--pid', '--fork', '--mount-proc', 'sh', '-c', script];
  return spawnSync('unshare', [...args, 'sh', ...words], {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', QEMU_LD_PREFIX: LIBRARIES, ...texts() },
    timeout: 120_000,
  });
}

function texts(): Record<string, string> {
  return { CONFIG: JSON.stringify(CONFIG), PLAN: JSON.stringify(PLAN) };
}

/** Null when it can be done here. */
function whyNot(): string | null {
  if (process.arch === 'arm64') return 'nothing is emulated on arm64';
  const { status, stderr, error } = inNamespaces(`test -x ${EMULATOR} && test -d ${LIBRARIES}/lib && ${REGISTER}`);
  if (status === 0) return null;
  const why = error?.message ?? stderr.trim();
  return `it needs Linux 6.7 with user namespaces, qemu-user-static and libc6-arm64-cross${why === '' ? '' : ` (${why})`}`;
}

const reason = whyNot();
if (reason !== null) console.log(`skipped: ${reason}`);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-setup-emulated-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

it.skipIf(reason !== null)(
  'the arm64 agent looks through the machine, finds no ENA device, says so, changes nothing, and can undo',
  async () => {
    const { path } = await bundleAgent({ architecture: 'arm64' });
    const { status, stdout, stderr } = inNamespaces(`${REGISTER}\n${SCRIPT}`, folder, path);
    expect([status, stderr]).toEqual([0, '']);
    const [said = '', rest = ''] = stdout.split('\n== ');
    const result = JSON.parse(said) as { steps: { name: string; outcome: string }[]; setup: { value: string } };
    expect(result.setup.value).toBe('not_attempted');
    expect(result.steps.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      ...['other_time_daemons unchanged', 'driver unchanged', 'enable_phc skipped', 'device skipped'],
    ]);
    const [undone, ...written] = rest.trimEnd().split('\n');
    expect(undone).toBe('every file is as it was');
    expect(written).toEqual(['./etc/upper/ptp-tester/agent.json', './var_lib/upper/ptp-tester/plan.json']);
  },
  120_000,
);
