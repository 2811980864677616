/** What the uplink is given: who it is, where records come from, whom it tells. */
import type { EpochId } from '@ptp-tester/measurement';
import type { Lease, Nack, Plan, Refuse } from '@ptp-tester/wire';
import type { SpoolChunk } from '../spool/segment-reader.ts';
import type { SetTimer } from '../timer.ts';
import type { AgentIdentity } from './identity.ts';
import type { Connect } from './transport.ts';

/** What the uplink asks of the spool. */
export interface UplinkSpool {
  next(sentThrough: ReadonlyMap<EpochId, number>, maxBytes: number): Promise<SpoolChunk | null>;
  record(epoch: EpochId, sequence: number): Promise<Uint8Array | null>;
  ack(epoch: EpochId, through: number): Promise<void>;
  epochs(): { epoch: EpochId; first: number; next: number }[];
  readonly windowBytes: number;
}

/** What the uplink tells. All are called in the order in which the messages came. */
export interface UplinkListener {
  plan(plan: Plan): void | Promise<void>;
  lease(lease: Lease): void | Promise<void>;
  /** The controller answered: it is reachable. */
  contact(): void;
  /** A record that the controller will never accept; null when the spool does not have it any more. */
  rejected(nack: Nack, record: Uint8Array | null): void | Promise<void>;
  /** The controller has confirmed the enrolment: it need not be presented again. */
  enrolled(): void | Promise<void>;
  refused(refuse: Refuse): void;
  /** The connection ended, or could not be made; it is tried again. */
  disconnected(reason: string): void;
  /** Streaming: records flow, and what the agent says of itself is wanted. */
  streaming(): void;
  /** After an ack was taken into the spool. */
  acked(): void;
  /** The run is over for this agent. */
  ended(): void;
  /** A message that does not fit the protocol, a spool that cannot be read: told, and gone on from. */
  problem(error: unknown): void;
}

export interface UplinkOptions {
  readonly identity: Pick<AgentIdentity, 'run' | 'instanceId' | 'secret' | 'isEnrolled' | 'enrolment'>;
  readonly token: string;
  readonly agentVersion: string;
}

export interface UplinkDependencies {
  readonly connect: Connect;
  readonly setTimer: SetTimer;
  /** Monotonic, milliseconds. */
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly spool: UplinkSpool;
  readonly listener: UplinkListener;
  /** The plan generation that the agent works by; 0 before the first. */
  readonly generation: () => number;
}
