/** One guest as tests act on it: commands as root, the clock module's faults, and the truth that it knows. */
import { join } from 'node:path';
import { COMMAND_PORTS, type GuestAnswer, GuestCommands, QMP_SOCKET, runQmp } from '@ptp-tester/local-ec2';
import { waitUntil } from '../spine/wait-until.ts';

const COMMAND_MS = 300_000;
const ANSWER_MS = 30_000;
/** Of the clock module, in the guest. */
export const PARAMETERS = '/sys/module/ptp_lab/parameters';

/** Faults of `guest/ptp_lab.c` that can be changed while it runs. */
export type ClockParameter =
  | 'step_ns'
  | 'sync'
  | 'freq_ppb'
  | 'stall'
  | 'noise_ns'
  | 'fail_errno'
  | 'max_per_s'
  | 'lat_us'
  | 'error_bound_ns';

export class Guest {
  readonly folder: string;
  readonly #commands: GuestCommands;

  constructor(folder: string) {
    this.folder = folder;
    this.#commands = new GuestCommands(join(folder, `${COMMAND_PORTS.shell}.sock`));
  }

  /** By bash, as root, whatever its exit code. */
  ask(script: string, timeoutMs = COMMAND_MS): Promise<GuestAnswer> {
    return this.#commands.run(script, AbortSignal.timeout(timeoutMs));
  }

  /** Output of a script that must end well. */
  async run(script: string, timeoutMs = COMMAND_MS): Promise<string> {
    const { exitCode, output } = await this.ask(script, timeoutMs);
    if (exitCode !== 0) throw new Error(`in the guest, exit code ${exitCode}: ${script}\n${output}`);
    return output;
  }

  /** Asks again until it ends well; for what comes up by itself. Counted in uptime: the guest's clock may be set meanwhile. */
  async until(script: string, timeoutMs: number): Promise<string> {
    const now = "IFS='. ' read -r up _ </proc/uptime";
    const loop = `until ( ${script} ); do ${now}; [ $up -lt $end ] || exit 1; sleep 0.5; done`;
    return await this.run(`${now}; end=$((up + ${Math.ceil(timeoutMs / 1000)})); ${loop}`, timeoutMs + COMMAND_MS);
  }

  /** Waits until it runs another boot than this one, whoever rebooted it; what is asked while it goes down is lost. */
  async untilRebooted(bootId: string, timeoutMs: number): Promise<void> {
    const look = async () => {
      const now = await this.ask('cat /proc/sys/kernel/random/boot_id', ANSWER_MS).catch(() => null);
      return now !== null && now.exitCode === 0 && now.output !== bootId;
    };
    await waitUntil('the guest has rebooted', look, { timeoutMs, everyMs: 1000 });
  }

  async setClock(parameter: ClockParameter, value: number): Promise<void> {
    await this.run(`echo ${value} > ${PARAMETERS}/${parameter}`);
  }

  /** `reads`, `refused` and `system_minus_phc_ns` of the module now. */
  async clockTruth(name: 'reads' | 'refused' | 'system_minus_phc_ns'): Promise<number> {
    return Number(await this.run(`cat ${PARAMETERS}/${name}`));
  }

  /** The power goes at once: nothing in the guest is told. The instance's machine sees a guest that is off. */
  async cutPower(): Promise<void> {
    await runQmp(join(this.folder, QMP_SOCKET), 'quit');
  }

  /** As a reset button: the guest's disk stays as it is, and it boots again. */
  async reset(): Promise<void> {
    await runQmp(join(this.folder, QMP_SOCKET), 'system_reset');
  }

  close(): void {
    this.#commands.close();
  }
}
