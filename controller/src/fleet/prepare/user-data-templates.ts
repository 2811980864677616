/** Reads the files of `deploy/` that user data is made from. */
import { readFile } from 'node:fs/promises';
import type { UserDataTemplates } from './user-data.ts';

const DEPLOY = new URL('../../../../deploy/', import.meta.url);

export async function readUserDataTemplates(): Promise<UserDataTemplates> {
  const read = (path: string) => readFile(new URL(path, DEPLOY), 'utf8');
  const [script, switchScript, switchUnit, setupScript, setupUnit, agentUnit, diagnosticsScript] = await Promise.all([
    read('user-data.sh'),
    read('dead-mans-switch.sh'),
    read('systemd/ptp-tester-dead-mans-switch.service'),
    read('setup.sh'),
    read('systemd/ptp-tester-setup.service'),
    read('systemd/ptp-tester-agent.service'),
    read('ssm-diagnostics.sh'),
  ]);
  return { script, switchScript, switchUnit, setupScript, setupUnit, agentUnit, diagnosticsScript };
}
