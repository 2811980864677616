/** Brings up an agent: first the lease, so that the instance cannot outlive it whatever fails, then who we are, then the rest. */
import { join } from 'node:path';
import type { IdentityProof } from '@ptp-tester/wire';
import { Agent, type AgentDependencies } from './agent.ts';
import type { AgentConfig } from './config.ts';
import { DeadMansSwitch } from './dead-mans-switch.ts';
import { type LeaseExpiry, LeaseKeeper } from './lease.ts';
import { type LeaseWatch, watchLease } from './lease-watch.ts';
import type { AgentGauges, Machine } from './machine.ts';
import { beginLife, type Uptime } from './short-lives.ts';
import { readPair } from './sources/clock-reader.ts';
import type { SetTimer } from './timer.ts';
import { backoffMs } from './uplink/backoff.ts';
import { AgentIdentity } from './uplink/identity.ts';

export interface StartDependencies
  extends Omit<AgentDependencies, 'machine' | 'keeper' | 'identity' | 'watch' | 'deadMansSwitch'> {
  readonly openMachine: (gauges: AgentGauges) => Machine;
  /** The signed identity document; null where the metadata service has none. */
  readonly readProof: () => Promise<IdentityProof | null>;
  /** So many random bytes as hex digits. */
  readonly randomHex: (bytes: number) => string;
}

export interface StartedAgent {
  readonly agent: Agent;
  /** Over the lease; to be ended when the agent has ended. */
  readonly watch: LeaseWatch;
}

const EPOCH_BYTES = 8;
const SECRET_BYTES = 32;
const FACTS_BACKOFF = { firstMs: 1_000, longestMs: 30_000 };

export async function startAgent(config: AgentConfig, dependencies: StartDependencies): Promise<StartedAgent> {
  const { openMachine, randomHex, log, setTimer } = dependencies;
  let agent: Agent | null = null;
  const { stateDir, switchDir } = config;
  const deadMansSwitch = switchDir === undefined ? null : new DeadMansSwitch({ stateDir, folder: switchDir });
  const opened = openMachine({
    spoolBytes: () => agent?.spool.bytes ?? 0,
    spoolRecords: () => agent?.spool.unackedRecords ?? 0,
    missedTicks: () => agent?.missedTicks ?? 0,
    uplinkRttNs: () => agent?.roundTripNs ?? Number.NaN,
  });
  const machine = { ...opened, powerOff: () => powerOffBy(deadMansSwitch, opened) };
  const keeper = await LeaseKeeper.open({
    path: join(config.stateDir, 'lease.json'),
    bootId: machine.bootId,
    monoS: () => Number(readPair(machine.clocks).monoRawNs) / 1e9,
  });
  const expired = (why: LeaseExpiry) => {
    log.warn({ why }, 'the lease has run out; powering off');
    const ending = agent === null ? machine.powerOff() : agent.leaseExpired(why);
    ending.catch((error: unknown) => log.warn({ err: error }, 'power-off failed; it is tried again'));
  };
  const watch = watchLease({
    keeper,
    setTimer,
    expired,
    unwritten: (err) => log.warn({ err }, 'the lease could not be written; it is tried again'),
  });
  const monoS = Number(readPair(machine.clocks).monoRawNs) / 1e9;
  await pauseAfterShortLives(join(stateDir, 'lives.json'), { bootId: machine.bootId, monoS }, dependencies);
  const { run, index, attempt } = config;
  const identity = await AgentIdentity.open(
    { run, index, attempt },
    {
      path: join(config.stateDir, 'identity.json'),
      makeSecret: () => randomHex(SECRET_BYTES),
      readFacts: () => untilAnswered(() => machine.readFacts(), dependencies),
      readProof: () => untilAnswered(dependencies.readProof, dependencies),
    },
  );
  agent = new Agent(
    { config, epoch: randomHex(EPOCH_BYTES) },
    { ...dependencies, machine, keeper, identity, watch, deadMansSwitch },
  );
  await agent.start();
  return { agent, watch };
}

async function pauseAfterShortLives(
  path: string,
  now: Uptime,
  { log, setTimer, random }: Pick<StartDependencies, 'log' | 'setTimer' | 'random'>,
): Promise<void> {
  try {
    const { life, pauseMs } = await beginLife(path, now, random());
    if (pauseMs === 0) return;
    const fields = { short_lives: life.short_before, pause_s: Math.round(pauseMs / 1000) };
    log.warn(fields, 'the agent failed soon after each of its last starts; it waits before it begins again');
    await waitMs(pauseMs, setTimer);
  } catch (err) {
    log.warn({ err }, 'how often the agent was started cannot be kept; it begins at once');
  }
}

/** The switch has the right to do it; the agent may not have it, so its own attempt may fail. */
async function powerOffBy(deadMansSwitch: DeadMansSwitch | null, machine: Machine): Promise<void> {
  if (deadMansSwitch === null) {
    await machine.powerOff();
    return;
  }
  await deadMansSwitch.order('fire');
  await machine.powerOff().catch(() => undefined);
}

/** Without the instance's identity there is nothing to enrol, so this is tried for as long as the lease allows. */
async function untilAnswered<T>(
  ask: () => Promise<T>,
  { log, setTimer, random }: Pick<StartDependencies, 'log' | 'setTimer' | 'random'>,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      log.warn({ err: error }, 'the instance metadata service did not answer; it is asked again');
      await waitMs(backoffMs(FACTS_BACKOFF, failures, random()), setTimer);
    }
  }
}

function waitMs(milliseconds: number, setTimer: SetTimer): Promise<void> {
  return new Promise((resolve) => {
    setTimer(milliseconds, resolve);
  });
}
