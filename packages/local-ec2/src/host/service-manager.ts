// The mini service manager of an instance: unit files under <folder>/etc/systemd/system, enabling by links, supervision.
import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Service, type ServiceDependencies } from './service.ts';
import { installTargets, parseUnitFile } from './unit-file.ts';
import { UnitFileError } from './unit-syntax.ts';

const UNIT_PATH = '/etc/systemd/system';
/** Units that the target at boot pulls in. */
const BOOT_TARGETS = [
  'multi-user.target',
  'default.target',
  'graphical.target',
  'network-online.target',
  'sysinit.target',
];

/** A name that systemctl was given does not exist. */
export class UnitNotFoundError extends Error {
  readonly code = 'unit_not_found';

  constructor(name: string) {
    super(`Unit ${name} not found.`);
    this.name = 'UnitNotFoundError';
  }
}

/** What the manager needs from its instance. */
export interface ServiceManagerDependencies extends Omit<ServiceDependencies, 'log'> {
  readonly log: (unit: string, data: string | Uint8Array) => void;
}

/** All services of one instance. */
export class ServiceManager {
  private readonly unitFolder: string;
  /** What the instance has in front of its own paths. */
  private readonly root: string;
  private readonly dependencies: ServiceManagerDependencies;
  private readonly services = new Map<string, Service>();
  /** How often all services were abandoned. */
  private endings = 0;

  /** `root` is what `folder` is called inside the instance. */
  constructor(options: { folder: string; root: string }, dependencies: ServiceManagerDependencies) {
    this.unitFolder = join(options.folder, UNIT_PATH);
    this.root = options.root;
    this.dependencies = dependencies;
  }

  /** Makes the unit folder. */
  async prepare(): Promise<void> {
    await mkdir(this.unitFolder, { recursive: true });
  }

  /** Starts what is enabled, as at boot. */
  async startEnabled(): Promise<void> {
    for (const target of BOOT_TARGETS) {
      for (const name of await listFolder(join(this.unitFolder, `${target}.wants`))) await this.start(name);
    }
  }

  /** Starts a service. @throws UnitNotFoundError, UnitFileError @returns whether it is up */
  async start(given: string): Promise<boolean> {
    const name = unitName(given);
    const present = this.services.get(name);
    if (present !== undefined && present.state !== 'inactive' && present.state !== 'failed') return true;
    const { endings } = this;
    const unit = parseUnitFile(name, await this.unitText(name));
    for (const other of unit.wants) {
      if (other.endsWith('.service') && (await this.exists(other))) await this.start(other);
    }
    // The instance has ended meanwhile: nothing may be started whose end nobody waits for.
    if (this.endings !== endings) return false;
    const log = (data: string | Uint8Array) => this.dependencies.log(name, data);
    const service = new Service(unit, { ...this.dependencies, log });
    this.services.set(name, service);
    return await service.start();
  }

  /** Stops a service. @throws UnitNotFoundError when there is no such unit */
  async stop(given: string): Promise<void> {
    const name = unitName(given);
    const service = this.services.get(name);
    if (service === undefined) await this.unitText(name);
    await service?.stop();
  }

  /** Links a unit into the targets of its [Install] section. @returns the links as the instance sees them @throws UnitNotFoundError */
  async enable(given: string): Promise<string[]> {
    const name = unitName(given);
    const links = (await this.targetsOf(name)).map((target) => join(`${target}.wants`, name));
    for (const link of links.map((path) => join(this.unitFolder, path))) {
      await mkdir(join(link, '..'), { recursive: true });
      await rm(link, { force: true });
      await symlink(join('..', name), link);
    }
    return links.map((path) => `${this.root}${UNIT_PATH}/${path}`);
  }

  /** Removes the links of `enable`. @throws UnitNotFoundError */
  async disable(given: string): Promise<void> {
    const name = unitName(given);
    for (const target of await this.targetsOf(name)) {
      await rm(join(this.unitFolder, `${target}.wants`, name), { force: true });
    }
  }

  /** Whether `enable` has been done. @throws UnitNotFoundError */
  async isEnabled(given: string): Promise<boolean> {
    const name = unitName(given);
    for (const target of await this.targetsOf(name)) {
      if ((await listFolder(join(this.unitFolder, `${target}.wants`))).includes(name)) return true;
    }
    return false;
  }

  /** The service as it is now; undefined when it was never started. */
  find(given: string): Service | undefined {
    return this.services.get(unitName(given));
  }

  /** Whether there is a unit file. */
  async exists(given: string): Promise<boolean> {
    return (await this.readUnit(unitName(given))) !== undefined;
  }

  /** All services that were started. */
  list(): Service[] {
    return [...this.services.values()];
  }

  /** The unit file with its drop-ins. @throws UnitNotFoundError */
  async unitText(given: string): Promise<string> {
    const name = unitName(given);
    const text = await this.readUnit(name);
    if (text === undefined) throw new UnitNotFoundError(name);
    return text;
  }

  /** No restart any more; the instance's processes are about to be ended. */
  abandonAll(): void {
    this.endings += 1;
    for (const service of this.services.values()) service.abandon();
  }

  /** Forgets all services; after their processes have ended. */
  reset(): void {
    this.abandonAll();
    this.services.clear();
  }

  private async targetsOf(name: string): Promise<string[]> {
    const targets = installTargets(await this.unitText(name));
    const wrong = targets.find((target) => !/^[A-Za-z0-9@_.-]+$/.test(target));
    if (wrong !== undefined) throw new UnitFileError(`${name}: not a unit name in [Install]: ${wrong}`);
    return targets;
  }

  private async readUnit(name: string): Promise<string | undefined> {
    const template = name.replace(/@[^.]*\./, '@.');
    const text = (await readText(join(this.unitFolder, name))) ?? (await readText(join(this.unitFolder, template)));
    if (text === undefined) return undefined;
    const folder = join(this.unitFolder, `${name}.d`);
    const dropIns = (await listFolder(folder)).filter((file) => file.endsWith('.conf')).sort();
    const texts = await Promise.all(dropIns.map((file) => readText(join(folder, file))));
    return [text, ...texts.filter((part) => part !== undefined)].join('\n');
  }
}

/** `chronyd` is `chronyd.service`. @throws UnitNotFoundError for what cannot be a unit name */
export function unitName(given: string): string {
  if (!/^[A-Za-z0-9@_:.\\-]+$/.test(given)) throw new UnitNotFoundError(given);
  return /\.[a-z]+$/.test(given) ? given : `${given}.service`;
}

async function listFolder(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
