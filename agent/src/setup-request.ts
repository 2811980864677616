/** Asks root's setup to run: by a file in memory that systemd looks for (setup/setup-units.ts) also when the setup has just ended. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The agent's own, made by its unit. */
export const AGENT_RUNTIME_FOLDER = '/run/ptp-tester';
export const SETUP_REQUEST = 'setup-wanted';

export type AskForSetup = () => Promise<void>;

/** `folder`: undefined where no setup listens, as in an instance that is a part of a machine. */
export function askForSetupIn(folder: string | undefined): AskForSetup {
  return async () => {
    if (folder !== undefined) await writeFile(join(folder, SETUP_REQUEST), '');
  };
}
