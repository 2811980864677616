/** Debian packages for the lab through a view of apt of its own: nothing is installed on this machine and its apt state is not touched. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CacheFolder } from './lab-cache.ts';
import { LabError } from './lab-error.ts';
import { runTool, type ToolOptions } from './run-tool.ts';

const SUITE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCE_FILES = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
const PUBLIC_MIRROR = ['http://deb', 'debian.org/debian'].join('.');

export class DebianPackages {
  readonly #cache: CacheFolder;
  readonly #tool: ToolOptions;
  readonly #source = `deb [signed-by=${KEYRING}] ${findMirror()} ${SUITE} main`;

  constructor(cache: CacheFolder, tool: ToolOptions) {
    this.#cache = cache;
    this.#tool = tool;
  }

  async update(): Promise<void> {
    await this.#cache.make('apt', 'lists', 'partial');
    await this.#cache.make('apt', 'archives', 'partial');
    await writeFile(this.#cache.at('apt', 'sources.list'), `${this.#source}\n`);
    await writeFile(this.#cache.at('apt', 'status'), '');
    await this.#apt('apt-get', ['update']).catch((cause: unknown) => {
      throw new LabError('unavailable', `the packages of Debian ${SUITE} cannot be reached: ${String(cause)}`, {
        cause,
      });
    });
  }

  /** The one package that a metapackage of the kernel stands for at present. */
  async dependencyOf(metapackage: string): Promise<string> {
    const text = await this.#apt('apt-cache', ['depends', '--important', metapackage]);
    const name = /^ *Depends: (\S+)/m.exec(text)?.[1];
    if (name === undefined) throw new LabError('build_failed', `${metapackage} depends on nothing:\n${text}`);
    return name;
  }

  /** Unpacks packages without installing them. */
  async unpack(names: readonly string[], folder: string): Promise<void> {
    for (const file of await this.#download(names, await this.#cache.make('debs', names[0] ?? ''))) {
      await runTool(['dpkg-deb', '-x', file, folder], this.#tool);
    }
  }

  /** A folder that apt takes packages from (`deb [trusted=yes] file:FOLDER ./`). */
  async makeRepository(names: readonly string[], folder: string): Promise<void> {
    const entries: string[] = [];
    for (const file of await this.#download(names, folder)) {
      const control = (await runTool(['dpkg-deb', '--field', file], this.#tool)).trim();
      const bytes = await readFile(file);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      entries.push(`${control}\nFilename: ./${basename(file)}\nSize: ${bytes.length}\nSHA256: ${sha256}\n`);
    }
    await writeFile(join(folder, 'Packages'), entries.join('\n'));
  }

  async #download(names: readonly string[], folder: string): Promise<string[]> {
    await this.#apt('apt-get', ['download', ...names], folder);
    return (await runTool(['find', folder, '-name', '*.deb'], this.#tool)).trim().split('\n');
  }

  /** A root folder with these packages installed, without documentation. In a mount namespace of its own, so that no mount outlives it. */
  async bootstrap(packages: readonly string[], folder: string): Promise<void> {
    const tools = this.#cache.at('bootstrap', 'usr', 'bin');
    const excluded = ['man', 'doc', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
    await runTool(
      [
        ...['unshare', '--mount', '--propagation', 'private', 'mmdebstrap', '--mode=root', '--variant=minbase'],
        ...['--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=APT::Sandbox::User "root"', ...excluded],
        ...[`--include=${packages.join(',')}`, SUITE, folder, this.#source],
      ],
      { ...this.#tool, environment: { ...this.#tool.environment, PATH: `${tools}:${this.#tool.environment['PATH']}` } },
    );
  }

  #apt(program: string, args: readonly string[], directory?: string): Promise<string> {
    const folder = this.#cache.at('apt');
    const options = {
      'Dir::Etc::SourceList': join(folder, 'sources.list'),
      'Dir::Etc::SourceParts': '/dev/null',
      'Dir::Etc::Preferences': '/dev/null',
      'Dir::Etc::PreferencesParts': '/dev/null',
      'Dir::State::Lists': join(folder, 'lists'),
      'Dir::State::status': join(folder, 'status'),
      'Dir::Cache': folder,
      'APT::Sandbox::User': 'root',
      'Acquire::Check-Valid-Until': 'false',
    };
    const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return runTool([program, ...words, ...args], directory === undefined ? this.#tool : { ...this.#tool, directory });
  }
}

/** The mirror that this machine uses, so that a build stays within its network's rules. */
function findMirror(): string {
  for (const file of SOURCE_FILES) {
    const text = readIfPresent(file);
    const mirror = /^(?:URIs:|deb(?: \[[^\]]*\])?) *(https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(text)?.[1];
    if (mirror !== undefined) return mirror;
  }
  return PUBLIC_MIRROR;
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
