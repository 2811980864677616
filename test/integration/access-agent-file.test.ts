/** The agent file: the same bytes wherever it is built, and it runs on both architectures. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { type AgentBundle, bundleAgent } from '@ptp-tester/agent';
import { ControllerDouble, startMetadataDouble } from '@ptp-tester/testkit';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from '../bench/make-certificate.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const QEMU = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'];
const runFile = promisify(execFile);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-agent-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

async function hasProgram(command: string, ...args: readonly string[]): Promise<boolean> {
  try {
    await runFile(command, args);
    return true;
  } catch {
    // Not installed.
    return false;
  }
}

/** What can be run here, and the words before the file that run it; a reason where it cannot. */
async function runnerOf(arch: 'x64' | 'arm64'): Promise<readonly string[] | string> {
  if (process.arch === arch) return [];
  if (arch === 'x64') return 'no emulation of x64 is known to this test';
  if (!existsSync('/usr/aarch64-linux-gnu/lib')) return 'no arm64 C library (Debian: libc6-arm64-cross)';
  return (await hasProgram('qemu-aarch64-static', '--version'))
    ? QEMU
    : 'no qemu-aarch64-static (Debian: qemu-user-static)';
}

/** The repository's sources once more, in a folder of another name, with the same installed packages. */
function copyRepository(): string {
  const copy = join(folder, 'elsewhere');
  const skip = new Set(['dist', 'fixtures', '.cache']);
  for (const name of ['agent', 'packages']) {
    const filter = (path: string) => !skip.has(basename(path));
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, verbatimSymlinks: true, filter });
  }
  for (const name of ['package.json', 'pnpm-lock.yaml', 'tsconfig.base.json'])
    cpSync(join(ROOT, name), join(copy, name));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, '.cache'));
  symlinkSync(join(ROOT, '.cache', 'node'), join(copy, '.cache', 'node'));
  return copy;
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

describe.each(['x64', 'arm64'] as const)('the agent file for %s', (architecture) => {
  it('has the same bytes when it is built elsewhere, and so has what instances download', async () => {
    const here = await bundleAgent({ architecture });
    const script = join(copyRepository(), 'agent/bundle.ts');
    const { stdout } = await runFile(process.execPath, [script, '--json', '--arch', architecture]);
    const there: AgentBundle = JSON.parse(stdout);
    expect(there).toMatchObject({ cached: false, sha256: here.sha256, bytes: here.bytes });
    expect(there.path.startsWith(folder)).toBe(true);
    expect(there.compressed.sha256).toBe(here.compressed.sha256);
    expect(sha256Of(here.compressed.path)).toBe(here.compressed.sha256);
    const unpacked = gunzipSync(readFileSync(here.compressed.path));
    expect(createHash('sha256').update(unpacked).digest('hex')).toBe(here.sha256);
    expect(here.compressed.bytes).toBeLessThan(here.bytes / 2);
  });

  it('says its version, loads the addon and opens a WebSocket with TLS', async (test) => {
    const runner = await runnerOf(architecture);
    if (typeof runner === 'string') {
      process.stdout.write(`skipped: the agent file for ${architecture} cannot run here: ${runner}\n`);
      return test.skip(runner);
    }
    const { path, version } = await bundleAgent({ architecture });
    const [command = '', ...args] = [...runner, path];
    expect((await runFile(command, [...args, '--version'])).stdout).toBe(`${version}\n`);
    const controller = await startController();
    const metadata = await startMetadataDouble();
    const config = join(folder, 'agent.json');
    writeFileSync(config, JSON.stringify({ ...CONFIG, ...controller.config, state_dir: join(folder, 'state') }));
    const env = { PATH: process.env['PATH'] ?? '', AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url };
    const agent = spawn(command, [...args, 'run', '--config', config], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    agent.stderr.on('data', (text) => {
      said += String(text);
    });
    const ended = new Promise((resolveEnd) => agent.once('close', resolveEnd));
    onTestFinished(async () => {
      agent.kill('SIGKILL');
      await ended;
      metadata.close();
      await controller.double.close();
    });
    // The first samples are the addon's: without it the agent would not have started.
    await expect
      .poll(() => controller.double.arrived.some(({ header }) => header.kind === 'batch') || said, { timeout: 120_000 })
      .toBe(true);
    expect(controller.double.messages.map(({ type }) => type).slice(0, 2)).toEqual(['enrol', 'hello']);
  });
});

const CONFIG = { run: '20261120-231757-k3f9', index: 1, attempt: 1, token: 'the-token' };

async function startController() {
  const { key, cert } = await makeCertificate();
  const double = new ControllerDouble({
    plan: {
      generation: 1,
      phase: 'measure',
      sources: { raw: { interval_ms: 100 } },
      batch: { max_samples: 60, max_age_ms: 300 },
      spool_max_bytes: 1_048_576,
    },
    lease: { orphan_s: 600, ends_in_s: 600 },
    tls: { key, cert },
  });
  return { double, config: { controller_url: await double.start(), ca_pem: cert } };
}
