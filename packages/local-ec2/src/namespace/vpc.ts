// The VPC of an endpoint as one process that holds its namespaces: bridge, way to this machine, metadata service, shared mounts.
// Everything of it ends with that process, and the process with the endpoint, also after kill -9.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmdir } from 'node:fs/promises';
import { Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MARKER_VARIABLE } from '../host/run-marker.ts';
import { CANDIDATE_PREFIXES, freePrefixes } from './free-network.ts';
import { type HostTools, SYSTEM_PATH } from './host-tools.ts';
import { IsolationError } from './isolation-error.ts';
import { runTool } from './run-tool.ts';
import { VpcMetadata } from './vpc-metadata.ts';

/** What a VPC is told. */
export interface VpcOptions {
  readonly workFolder: string;
  readonly endpointId: string;
  /** First two numbers of its addresses, e.g. `10.77`; a free network is chosen when absent. */
  readonly prefix: string | undefined;
  readonly nodePath: string;
  readonly tools: HostTools;
}

const METADATA_ADDRESS = '169.254.169.254';
const SCRIPT = fileURLToPath(new URL('./vpc.sh', import.meta.url));
const LISTENER = fileURLToPath(new URL('./open-listener.ts', import.meta.url));
const SHIM_FOLDER = fileURLToPath(new URL('../host', import.meta.url));

/** A running VPC. */
export class Vpc {
  readonly metadata = new VpcMetadata();
  /** First two numbers of its addresses. */
  readonly prefix: string;
  /** Process whose namespaces it is. */
  readonly pid: number;
  /** Folder, within its mounts, of what all instances share. */
  readonly farm: string;
  private readonly holder: ChildProcess;
  private readonly tools: HostTools;

  constructor(options: { prefix: string; farm: string; tools: HostTools }, dependencies: { holder: ChildProcess }) {
    this.prefix = options.prefix;
    this.farm = options.farm;
    this.tools = options.tools;
    this.holder = dependencies.holder;
    this.pid = dependencies.holder.pid ?? 0;
  }

  /** This machine's address in the VPC: what instances can reach, e.g. a controller. */
  get hostAddress(): string {
    return `${this.prefix}.0.1`;
  }

  /** Runs a program of this machine within the mounts of the VPC. @throws IsolationError namespace_failed */
  async runInMounts(words: readonly string[]): Promise<string> {
    return await runTool([this.tools.nsenter, `--mount=/proc/${this.pid}/ns/mnt`, ...words]);
  }

  /** Serves the metadata address inside the VPC. */
  async serveMetadata(): Promise<void> {
    this.metadata.listen(await openListener(this.tools.nsenter, `/proc/${this.pid}/ns/net`));
  }

  /** Ends it; afterwards nothing of it is left on this machine. */
  async close(): Promise<void> {
    // The socket would keep the network namespace alive.
    await this.metadata.close();
    const exited = this.holder.exitCode ?? this.holder.signalCode ?? once(this.holder, 'exit');
    await removeLink(this.tools.ip, legName(this.prefix));
    this.holder.kill('SIGKILL');
    await exited;
    await rmdir(this.farm).catch(ignoreAbsent);
  }
}

/**
 * Starts a VPC in the given network or the first that is free.
 * @throws IsolationError no_network, work_folder, namespace_failed
 */
export async function openVpc(options: VpcOptions): Promise<Vpc> {
  // overlay takes its folders in one option, between colons and commas.
  if (!/^\/[A-Za-z0-9/._-]+$/.test(options.workFolder)) {
    throw new IsolationError(
      'work_folder',
      `--isolation namespace needs a work folder with only letters, digits and / . _ - in its path, not ${options.workFolder}`,
    );
  }
  const routes = await runTool([options.tools.ip, '-4', 'route', 'show', 'table', 'all']);
  const wanted = options.prefix === undefined ? CANDIDATE_PREFIXES : [options.prefix];
  for (const prefix of freePrefixes(wanted, routes)) {
    const vpc = await tryPrefix(prefix, options);
    if (vpc === undefined) continue;
    await vpc.serveMetadata().catch(async (error: unknown) => {
      await vpc.close();
      throw error;
    });
    return vpc;
  }
  throw new IsolationError(
    'no_network',
    `no network is free for the VPC: ${wanted[0]}.0.0/16${wanted.length > 1 ? ` to ${wanted.at(-1)}.0.0/16` : ''} overlap routes of this machine`,
  );
}

/** @returns undefined when another endpoint has taken the network meanwhile */
async function tryPrefix(prefix: string, options: VpcOptions): Promise<Vpc | undefined> {
  const { tools, endpointId } = options;
  const farm = join(options.workFolder, 'vpc');
  const script = [SCRIPT, farm, prefix, legName(prefix), `/proc/${process.pid}/ns/net`, options.nodePath, SHIM_FOLDER];
  // The holder dies with us, whatever ends us; and by its standard input, which we never close.
  const args = [
    '--pdeathsig',
    'KILL',
    tools.unshare,
    '--net',
    '--mount',
    '--propagation',
    'private',
    tools.sh,
    ...script,
  ];
  const holder = spawn(tools.setpriv, args, {
    env: { PATH: SYSTEM_PATH, LC_ALL: 'C', [MARKER_VARIABLE]: `${endpointId}/vpc` },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: holder.stdout })) {
    if (line === 'ready') return new Vpc({ prefix, farm, tools }, { holder });
    said.push(line);
  }
  if (said.at(-1) === 'taken') return undefined;
  await removeLink(tools.ip, legName(prefix));
  throw new IsolationError('namespace_failed', `the VPC could not be made: ${said.join('; ')}`);
}

/** The end of the way from the VPC to this machine; its name says which network is taken. */
function legName(prefix: string): string {
  return `ptpt-${prefix.replace('.', '-')}`;
}

async function removeLink(ip: string, name: string): Promise<void> {
  await runTool([ip, 'link', 'delete', name]).catch((error: unknown) => {
    // It goes by itself with the other end.
    if (!(error instanceof IsolationError && error.message.includes('Cannot find device'))) throw error;
  });
}

async function openListener(nsenter: string, network: string): Promise<Server> {
  const child = fork(LISTENER, [METADATA_ADDRESS, '80'], {
    execPath: nsenter,
    execArgv: [`--net=${network}`, process.execPath, '--disable-warning=ExperimentalWarning'],
    env: { PATH: SYSTEM_PATH },
  });
  const exited = once(child, 'exit');
  const listener = await new Promise<Server>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new IsolationError('namespace_failed', `no metadata socket: exit code ${code}`)),
    );
    child.once('message', (message: { error?: string }, handle) => {
      child.disconnect();
      if (handle instanceof Server) resolve(handle);
      else reject(new IsolationError('namespace_failed', `no metadata socket: ${message.error}`));
    });
  });
  await exited;
  return listener;
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
