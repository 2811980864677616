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
const UNIT = 'ptp-tester-phc-setup.service';
/** Whatever the guest followed before, it is synchronised. */
export const WAITSYNC = 'chronyc waitsync 120 0 0 1';
/** The star alone may be an old one: the last poll was answered too (reach is octal, its lowest bit is the last poll). */
const FOLLOWS_PHC = "chronyc -c sources | grep -Eq '^#,\\*,PHC0,[0-9]+,-?[0-9]+,[0-7]*[1357],'";
/** The setup neither runs nor is about to: not twice in a row, since what ends may have been asked for again. */
const SETUP_RESTS = [
  `rests() { s=$(systemctl show -p ActiveState --value ${UNIT}); j=$(systemctl show -p Job --value ${UNIT})`,
  '[ "$s" != activating ] && [ "$((j))" = 0 ]; }',
  'rests && sleep 1 && rests',
].join('\n');
/** Chronyd follows the clock, and nobody is about to change that. */
export const SETTLED_ON_PHC = `${SETUP_RESTS} && ${FOLLOWS_PHC}`;

/** As systemd runs it when the agent has stored a plan, after one that runs already; also one that fails leaves a result. */
export async function runSetupIn(guest: Guest): Promise<GuestSetup> {
  await guest.until(SETUP_RESTS, SETUP_MS);
  const script = `systemctl start ${UNIT} >/dev/null 2>&1; systemctl reset-failed ${UNIT} >/dev/null 2>&1; ${SHOW_RESULT}`;
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
