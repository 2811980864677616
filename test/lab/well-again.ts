/** How a guest is after a fault that it got over: the agent is the same process, and all is as it was when the run had locked. */
import { expect } from 'vitest';
import type { Guest } from './guest.ts';
import type { LabRun } from './lab-run.ts';
import { guestNow, untilVerdict } from './observed.ts';
import { SETTLED_ON_PHC, WAITSYNC } from './setup-in-guest.ts';

const REGAINED_MS = 300_000;
const STARTED_MS = 120_000;
const SHOW_PID = 'systemctl show -p MainPID --value ptp-tester-agent';

/** Of its process; after a boot as soon as it has been started. */
export async function agentPid(guest: Guest): Promise<string> {
  await guest.until(`[ "$(${SHOW_PID})" != 0 ]`, STARTED_MS);
  return await guest.run(SHOW_PID);
}

export async function expectSameAgent(guest: Guest, pid: string): Promise<void> {
  expect(await guest.run(SHOW_PID), 'the process of the agent').toBe(pid);
}

/** chronyd follows the PHC, the machine is synchronised, samples arrive, the controller knows, and the agent never ended. */
export async function expectWellAgain(run: LabRun, guest: Guest, agent: string): Promise<void> {
  await guest.until(SETTLED_ON_PHC, REGAINED_MS);
  await guest.run(WAITSYNC);
  await run.phcSamplesUntil(await guestNow(guest));
  await untilVerdict(run, { capability: 'supported', setup: 'locked' });
  await expectSameAgent(guest, agent);
}
