/** What the agent does, in a file of its state folder: for `agent status` on the machine, when the controller cannot be asked. */
import { join } from 'node:path';
import { Status } from '@ptp-tester/wire';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { SequentialWork } from './spool/sequential-work.ts';
import { writeStateFile } from './state-file.ts';

const Text = Type.String({ maxLength: 4096 });

export const StatusFile = Type.Object({
  version: Type.Literal(1),
  agent_version: Text,
  pid: Type.Integer(),
  boot_id: Text,
  /** Seconds of CLOCK_MONOTONIC_RAW: the system clock is what is measured, and may be wrong. */
  written_at_s: Type.Number(),
  started_at_s: Type.Number(),
  run: Text,
  instance_id: Text,
  connection: Type.Object({
    connected: Type.Boolean(),
    problem: Type.Union([Text, Type.Null()]),
    failures: Type.Integer(),
  }),
  spool_bytes: Type.Number(),
  missed_ticks: Type.Integer(),
  /** Until the instance ends by its lease; null: it does not. */
  lease_left_s: Type.Union([Type.Number(), Type.Null()]),
  /** As it was last told to the controller, without what the machine's tools printed. */
  status: Status,
});
export type StatusFile = Static<typeof StatusFile>;

export function statusPath(stateDir: string): string {
  return join(stateDir, 'status.json');
}

export class StatusFileWriter {
  readonly #path: string;
  readonly #problem: (error: unknown) => void;
  readonly #writes = new SequentialWork();
  #hasFailed = false;

  /** `problem` is told once of a disk that cannot be written, until it can be again. */
  constructor(stateDir: string, problem: (error: unknown) => void) {
    this.#path = statusPath(stateDir);
    this.#problem = problem;
  }

  async write(file: StatusFile): Promise<void> {
    const { status } = file;
    const short: Status = { ...status, ptp_status: { ...status.ptp_status, diagnostic_output: {} } };
    try {
      await this.#writes.run(() => writeStateFile(this.#path, { ...file, status: short }));
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) this.#problem(error);
      this.#hasFailed = true;
    }
  }
}

/** Null for what is no status of this version. */
export function asStatusFile(value: unknown): StatusFile | null {
  return Value.Check(StatusFile, value) ? value : null;
}
