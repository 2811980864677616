// What the endpoint asks of one running instance, whatever the isolation.

import type { ScriptEnd, ScriptOrder } from '../account/account.ts';
import type { PacketRule } from '../account/packet-rules.ts';
import type { BoundedLog } from './bounded-log.ts';
import type { MetadataFacts } from './metadata-tree.ts';
import type { ProcessScanner } from './run-marker.ts';
import type { PowerRequest } from './systemctl.ts';

/** One instance as a machine. The steps come one after the other: prepare, boot, end, (boot, end,) close, removeFolder. */
export interface InstanceMachine {
  readonly console: BoundedLog;
  /** Makes its place and its metadata service. */
  prepare(): Promise<void>;
  /** First boot: runs the user data; later boots start the enabled services only. Waits for neither. */
  boot(isFirst: boolean): Promise<void>;
  /** Lets through what the security groups now say; a machine without a network of its own has no such thing. */
  filterPackets?(): Promise<void>;
  /** Runs a script as root in it; absent where there is no way in. */
  runScript?(order: ScriptOrder): Promise<ScriptEnd>;
  /** Ends every process. @returns how many could not be ended */
  end(graceMs: number): Promise<number>;
  /** Ends the metadata service. */
  close(): Promise<void>;
  /** Removes its folder, or moves it to where it is to be kept. */
  removeFolder(keepAt: string | undefined): Promise<void>;
}

/** What a machine needs. */
export interface MachineDependencies {
  readonly facts: () => MetadataFacts;
  /** Words before those of each program: they run what is of another architecture than this machine's. */
  readonly emulator: readonly string[];
  /** What its security groups let through, as they are now. */
  readonly packetRules: () => readonly PacketRule[];
  /** The instance powers itself off or reboots. */
  readonly onPower: (request: PowerRequest) => void;
  readonly scanner: ProcessScanner;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that does not step. */
  readonly monotonicMs: () => number;
}
