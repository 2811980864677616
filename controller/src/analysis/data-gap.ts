/** A stretch of one series in which ticks have no stored sample, with the reason as far as the data tell it. */
import type { StreamName } from '@ptp-tester/measurement';

/**
 * - `missed`: the agent says that it missed these ticks
 * - `lost`: dropped from the agent's spool, as a gap record says
 * - `nacked`: in a record that the controller could not accept
 * - `agent_restart`, `reboot`: between two lives of the agent, on one boot or on two
 * - `ended_early`: the series ended while the instance was still measuring
 * - `key_absent`: this series of a stream with keys had nothing to report
 * - `unexplained`: nothing accounts for it
 */
export type GapCause =
  | 'missed'
  | 'lost'
  | 'nacked'
  | 'agent_restart'
  | 'reboot'
  | 'ended_early'
  | 'key_absent'
  | 'unexplained';

export interface DataGap {
  readonly instanceId: string;
  readonly stream: StreamName;
  readonly key: string;
  /** The stored samples before and after it, on the instance's system clock, ns. */
  readonly fromAt: bigint;
  readonly toAt: bigint;
  /** In CLOCK_MONOTONIC_RAW; over a reboot on the system clock. */
  readonly lengthNs: number;
  readonly missingTicks: number;
  readonly cause: GapCause;
}
