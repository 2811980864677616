/** The agent's setup in a guest, as tests run it and read its result. */
import type { Guest } from './guest.ts';

export interface GuestSetup {
  readonly steps: readonly { readonly name: string; readonly outcome: string; readonly detail: string }[];
  readonly setup: { readonly value: string; readonly reason: string };
}

/** In memory when the disk takes nothing. */
const RESULTS = '/run/ptp-tester-setup/result.json /var/lib/ptp-tester-setup/result.json';
const SHOW_RESULT = `for one in ${RESULTS}; do if [ -e "$one" ]; then cat "$one"; exit; fi; done; exit 1`;
const SETUP_MS = 900_000;
/** Whatever the guest followed before, it is synchronised. */
export const WAITSYNC = 'chronyc waitsync 120 0 0 1';
export const FOLLOWS_PHC = "chronyc -c sources | grep -q '^#,\\*,PHC0,'";

/** As systemd runs it when the agent has stored a plan; also one that fails leaves a result. */
export async function runSetupIn(guest: Guest): Promise<GuestSetup> {
  const unit = 'ptp-tester-phc-setup';
  const script = `systemctl start ${unit} >/dev/null 2>&1; systemctl reset-failed ${unit} >/dev/null 2>&1; ${SHOW_RESULT}`;
  return JSON.parse(await guest.run(script, SETUP_MS));
}

/** The result that lies there, whoever made it. */
export async function readSetupOf(guest: Guest): Promise<GuestSetup> {
  return JSON.parse(await guest.run(SHOW_RESULT));
}

export function stepOf(result: GuestSetup, name: string): GuestSetup['steps'][number] {
  const step = result.steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`there is no step ${name}: ${JSON.stringify(result)}`);
  return step;
}
