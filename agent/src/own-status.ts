/** What the agent says of itself: to the controller, and in a file for whoever sits at the machine. */
import type { EpochId } from '@ptp-tester/measurement';
import type { Status } from '@ptp-tester/wire';
import { type LeaseKeeper, leaseRemainingS } from './lease.ts';
import type { Machine } from './machine.ts';
import { readPair } from './sources/clock-reader.ts';
import type { Spool } from './spool/spool.ts';
import { buildStatus, type StatusFacts } from './status.ts';
import { type StatusFile, StatusFileWriter } from './status-file.ts';
import type { ConnectionState } from './uplink/connection-log.ts';
import type { AgentIdentity } from './uplink/identity.ts';
import { AGENT_VERSION } from './version.ts';

export interface OwnStatusOptions {
  readonly stateDir: string;
  readonly epoch: EpochId;
}

export interface OwnStatusDependencies {
  readonly machine: Pick<Machine, 'bootId' | 'clocks'>;
  readonly identity: Pick<AgentIdentity, 'run' | 'instanceId'>;
  readonly keeper: Pick<LeaseKeeper, 'state'>;
  readonly spool: Pick<Spool, 'bytes' | 'unackedRecords'>;
  readonly problem: (error: unknown) => void;
}

/** What only the caller knows. */
export interface ToldFacts extends Omit<StatusFacts, 'epoch' | 'spoolRecords'> {
  readonly missedTicks: number;
  readonly connection: ConnectionState;
}

export class OwnStatus {
  readonly #options: OwnStatusOptions;
  readonly #deps: OwnStatusDependencies;
  readonly #file: StatusFileWriter;
  #startedAtS = 0;

  constructor(options: OwnStatusOptions, dependencies: OwnStatusDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#file = new StatusFileWriter(options.stateDir, dependencies.problem);
  }

  /** The agent starts now. */
  begin(): void {
    this.#startedAtS = this.#rawS;
  }

  /** The message for the controller; the file follows a moment later. */
  tell({ missedTicks, connection, ...facts }: ToldFacts): Status {
    const { spool } = this.#deps;
    const status = buildStatus({ ...facts, epoch: this.#options.epoch, spoolRecords: spool.unackedRecords });
    void this.#file.write(this.#describe(status, { missedTicks, connection }));
    return status;
  }

  #describe(status: Status, told: Pick<ToldFacts, 'missedTicks' | 'connection'>): StatusFile {
    const { machine, identity, keeper, spool } = this.#deps;
    const { state } = keeper;
    return {
      version: 1,
      agent_version: AGENT_VERSION,
      pid: process.pid,
      boot_id: machine.bootId,
      written_at_s: this.#rawS,
      started_at_s: this.#startedAtS,
      run: identity.run,
      instance_id: identity.instanceId,
      connection: told.connection,
      spool_bytes: spool.bytes,
      missed_ticks: told.missedTicks,
      lease_left_s: state.disarmed === true ? null : Math.round(leaseRemainingS(state)),
      status,
    };
  }

  /** CLOCK_MONOTONIC_RAW, seconds. */
  get #rawS(): number {
    return Number(readPair(this.#deps.machine.clocks).monoRawNs) / 1e9;
  }
}
