// The endpoint as a whole: account, API server and machines put together.
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Account } from './account/account.ts';
import { createAccount } from './account/account.ts';
import type { ConditionsChange } from './account/conditions.ts';
import type { InstanceStateName } from './account/instance.ts';
import { carryOut, type InstanceOrder } from './account/instance-orders.ts';
import { closeInOrder } from './host/close-all.ts';
import { type Emulation, findEmulation } from './host/emulation.ts';
import { type Isolation, processIsolation } from './host/isolation.ts';
import { LocalMachines } from './host/local-machines.ts';
import { findMarkedProcesses, type MarkedProcess, markOf } from './host/run-marker.ts';
import type { VmOptions } from './host/vm/vm-isolation.ts';
import { openWorkFolder, type WorkFolder } from './host/work-folder.ts';
import { ApiServer, type RequestLogEntry } from './protocol/api-server.ts';
import { type Fault, FaultList } from './protocol/faults.ts';
import { RequestGuard } from './protocol/request-guard.ts';
import { loadEc2Model, loadSsmModel } from './protocol/service-model.ts';
import type { Scenario } from './scenario.ts';
import { ScenarioPlayer } from './scenario-player.ts';

/** How to run an endpoint. */
export interface LocalEc2Options {
  /** Where the instances' folders lie. One endpoint at a time uses a work folder. */
  readonly workFolder: string;
  /** The PATH that instances get behind their shims. */
  readonly hostPath: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly region?: string;
  /** Folders of terminated instances are moved here (as `<instance id>`) instead of being removed. */
  readonly keepFolder?: string;
  readonly timing?: Partial<LocalEc2Timing>;
  /** `process`, the default, runs instances as plain processes; `namespace` needs root and Linux; `vm` needs an image. */
  readonly isolation?: Isolation['name'];
  /** With isolation `namespace`: first two numbers of the VPC's addresses, e.g. `10.77`; a free network when absent. */
  readonly network?: string;
  /** With isolation `vm`, and only then. */
  readonly vm?: VmOptions;
  /** What is to go wrong: the content of a faults file. */
  readonly scenario?: Scenario;
}

/** Lengths of time, in milliseconds. */
export interface LocalEc2Timing {
  /** From RunInstances to running. */
  readonly pendingMs: number;
  /** At least so long an instance is shutting-down or stopping. */
  readonly shuttingDownMs: number;
  /** From SIGTERM to SIGKILL when an instance ends. */
  readonly graceMs: number;
  /** How long a terminated instance is still listed. */
  readonly terminatedKeptMs: number;
}

/** An instance in short. */
export interface LocalInstance {
  readonly id: string;
  readonly state: InstanceStateName;
  readonly instanceType: string;
  readonly zone: string;
  readonly tags: Readonly<Record<string, string>>;
  /** In ms since the Unix epoch, as the next one. */
  readonly launchedAt: number;
  /** When it was last running. */
  readonly runningAt: number | undefined;
  /** Where it lies on this machine: its PTP_TESTER_ROOT; as a namespace only its logs, unit files and shims. */
  readonly folder: string;
}

/** A running endpoint. */
export interface LocalEc2 {
  /** For AWS_ENDPOINT_URL_EC2. */
  readonly endpoint: string;
  /** For AWS_ENDPOINT_URL_SSM. */
  readonly ssmEndpoint: string;
  readonly region: string;
  /** The default VPC's subnets, one for each zone. */
  readonly subnetIds: readonly string[];
  /** Where instances reach a server of this machine: 127.0.0.1, or the machine's address in their VPC. */
  readonly hostAddress: string;
  /** What every process of every instance carries in PTP_TESTER_LOCAL_EC2, as a beginning: `<endpoint id>/`. */
  readonly marker: string;
  instances(): LocalInstance[];
  /** Living processes with this marker: this endpoint's by default, one instance's with `<marker><instance id>`. */
  processesOf(marker?: string): Promise<MarkedProcess[]>;
  addFaults(faults: readonly Fault[]): void;
  /** What is short, forbidden, late or slow from now on; null takes a condition back. */
  changeConditions(change: ConditionsChange): void;
  /** Something happens to instances without the API being asked. @returns their ids */
  order(order: InstanceOrder): string[];
  /** The requests so far. */
  requests(): readonly RequestLogEntry[];
  /** Ends every instance and the server. */
  close(): Promise<void>;
}

const DEFAULT_REGION = 'us-east-1';
const DEFAULT_TIMING: LocalEc2Timing = {
  pendingMs: 500,
  shuttingDownMs: 500,
  graceMs: 1000,
  terminatedKeptMs: 3_600_000,
};

/**
 * Starts an endpoint on 127.0.0.1.
 * @throws WorkFolderError when another endpoint uses the folder; IsolationError when this machine cannot run instances
 * that way; the error of listen when the port is taken
 */
export async function startLocalEc2(options: LocalEc2Options): Promise<LocalEc2> {
  const workFolder = await openWorkFolder(resolve(options.workFolder));
  try {
    const isolation = await openIsolation(options, workFolder);
    return await startEndpoint(options, { workFolder, isolation }).catch(async (error: unknown) => {
      await isolation.close();
      throw error;
    });
  } catch (error) {
    await workFolder.close();
    throw error;
  }
}

async function openIsolation(options: LocalEc2Options, { endpointId }: WorkFolder): Promise<Isolation> {
  const nodePath = process.execPath;
  if (options.isolation === 'vm') {
    const { openVmIsolation } = await import('./host/vm/vm-isolation.ts');
    return openVmIsolation(options.vm, { nodePath, hostPath: options.hostPath });
  }
  if (options.isolation !== 'namespace') return processIsolation({ nodePath, hostPath: options.hostPath });
  // Loaded only when it is wanted.
  const { openNamespaceIsolation } = await import('./namespace/namespace-isolation.ts');
  const { workFolder, network } = options;
  return await openNamespaceIsolation({ workFolder: resolve(workFolder), endpointId, network, nodePath });
}

async function startEndpoint(
  options: LocalEc2Options,
  { workFolder, isolation }: { workFolder: WorkFolder; isolation: Isolation },
): Promise<LocalEc2> {
  const now = () => Date.now();
  const region = options.region ?? DEFAULT_REGION;
  const { addressPrefix } = isolation;
  const account = createAccount({
    region,
    now,
    newId,
    ...(addressPrefix === undefined ? {} : { addressPrefix }),
  });
  const emulation = await findEmulation({ platform: process.platform, arch: process.arch, path: options.hostPath });
  const machines = createMachines(options, { account, workFolder, isolation, emulation });
  const models = { ec2: loadEc2Model(), ssm: loadSsmModel() };
  const context = { account, machines, now, newId, newUuid: () => crypto.randomUUID() };
  const guard = new RequestGuard({ account });
  const faults = new FaultList();
  const server = new ApiServer({ models }, { context, guard, faults });
  const player = new ScenarioPlayer({ context, guard, faults });
  const endpoint = `http://127.0.0.1:${await server.start(options.port ?? 0)}`;
  const marker = `${workFolder.endpointId}/`;
  player.start(options.scenario ?? {});
  return {
    endpoint,
    ssmEndpoint: endpoint,
    region,
    subnetIds: [...account.subnets.keys()],
    hostAddress: isolation.hostAddress,
    marker,
    instances: () => instancesOf(account, workFolder.instancesFolder),
    processesOf: (wanted = marker) => findMarkedProcesses(markOf(wanted)),
    addFaults: (more) => faults.add(more),
    changeConditions: (change) => guard.change(change),
    order: (order) => carryOut(order, context),
    requests: () => server.log,
    close: async () => {
      player.close();
      await closeInOrder([
        () => server.close(),
        () => machines.close(),
        () => isolation.close(),
        () => workFolder.close(),
      ]);
    },
  };
}

function createMachines(
  options: LocalEc2Options,
  {
    account,
    workFolder,
    isolation,
    emulation,
  }: { account: Account; workFolder: WorkFolder; isolation: Isolation; emulation: Emulation },
): LocalMachines {
  return new LocalMachines(
    {
      ...DEFAULT_TIMING,
      ...options.timing,
      endpointId: workFolder.endpointId,
      folder: workFolder.instancesFolder,
      refusesForeign: isolation.name === 'namespace',
      keepFolder: options.keepFolder === undefined ? undefined : resolve(options.keepFolder),
    },
    {
      account,
      emulation,
      now: account.now,
      monotonicMs: () => performance.now(),
      createMachine: (place, dependencies) => isolation.createMachine(place, dependencies),
    },
  );
}

function newId(prefix: string): string {
  return `${prefix}-${randomBytes(9).toString('hex').slice(0, 17)}`;
}

function instancesOf(account: Account, folder: string): LocalInstance[] {
  return [...account.instances.values()].map((record) => ({
    id: record.id,
    state: record.state,
    instanceType: record.instanceType,
    zone: record.zone,
    launchedAt: record.launchedAt,
    runningAt: record.bootedAt,
    tags: Object.fromEntries(account.tags.get(record.id) ?? []),
    folder: resolve(folder, record.id),
  }));
}
