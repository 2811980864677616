/** This machine as the agent uses it: the real sources, facts and commands behind one small interface. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeClocks } from '@ptp-tester/native';
import type { InstanceFacts, PhcSourcePlan, SourcesPlan } from '@ptp-tester/wire';
import type { AgentConfig } from './config.ts';
import { collectEvidence, type EvidenceOrder } from './evidence/collect-evidence.ts';
import type { EvidencePart } from './evidence/evidence-part.ts';
import { type EnvironmentFacts, readEnvironment } from './setup/environment.ts';
import { type Inspection, inspectMachine } from './setup/inspect.ts';
import { runCommand } from './setup/run-command.ts';
import { setupWatch } from './setup/setup-result.ts';
import type { ClockReader } from './sources/clock-reader.ts';
import { machineSourceDependencies } from './sources/machine-dependencies.ts';
import { openSources, type PlannedSource, type SourceDependencies } from './sources/open-sources.ts';
import type { SelfGauges } from './sources/self.ts';
import { watchedPhc } from './sources/watched-phc.ts';
import { AGENT_VERSION } from './version.ts';
import type { WatchedPhc } from './watch/watch.ts';

/** What the agent's parts say about themselves, for the stream `self`. */
export type AgentGauges = Omit<SelfGauges, 'cpuNs'>;

export interface Machine {
  readonly clocks: ClockReader;
  readonly bootId: string;
  openSources(plan: SourcesPlan): Promise<PlannedSource[]>;
  inspect(phcPlan: PhcSourcePlan | null): Promise<Inspection>;
  /** True once after each end of the setup that runs with root's rights: the machine is another one then. */
  readonly setupHasEnded?: () => boolean;
  readEnvironment(): Promise<EnvironmentFacts>;
  /** Evidence for an acceptance, as it is found. */
  readonly collectEvidence?: (order: EvidenceOrder) => AsyncIterable<EvidencePart>;
  readFacts(): Promise<InstanceFacts>;
  /** The metadata service's document of scheduled maintenance; null when there is none. Rejects when it does not answer. */
  readMaintenance(): Promise<string | null>;
  /** Who reads the PHC beside the agent, as far as chronyd's configuration tells. */
  readPhc(): WatchedPhc;
  /** Shuts the machine down; rejects when that could not be begun. */
  powerOff(): Promise<void>;
}

/** What user data said, and when: it lies in root's folder that the agent may read. */
const INSTALL_LOG = 'install.log';

export interface MachineParts {
  readonly native: NativeClocks;
  readonly gauges: AgentGauges;
  readonly readFacts: () => Promise<InstanceFacts>;
  readonly readMaintenance: () => Promise<string | null>;
  readonly config: Pick<AgentConfig, 'index' | 'switchDir'>;
}

export function openMachine({ native, gauges, readFacts, readMaintenance, config }: MachineParts): Machine {
  const { index: instanceIndex, switchDir } = config;
  const dependencies: SourceDependencies = machineSourceDependencies({ native, self: gauges, instanceIndex });
  const { clocks, roots } = dependencies;
  const installLog = switchDir === undefined ? null : join(switchDir, INSTALL_LOG);
  const facts = {
    agent_version: AGENT_VERSION,
    node_version: process.version,
    cpu_count: availableParallelism(),
  };
  return {
    clocks,
    bootId: readFileSync(join(roots.proc, 'sys', 'kernel', 'random', 'boot_id'), 'utf8').trim(),
    openSources: (plan) => openSources(plan, dependencies),
    inspect: (phcPlan) => inspectMachine(phcPlan, { ...dependencies, runCommand }),
    setupHasEnded: setupWatch(roots),
    collectEvidence: (order) => collectEvidence(order, { ...dependencies, installLog, runCommand, sleep }),
    readEnvironment: () => readEnvironment(facts, { roots, native, runCommand }),
    readFacts,
    readMaintenance,
    readPhc: () => watchedPhc(roots),
    powerOff,
  };
}

/** Instance-initiated shutdown is set to terminate, so this ends what costs money. */
function powerOff(): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('shutdown', ['-h', 'now'], (error) => (error === null ? resolve() : reject(error)));
  });
}
