/** Reads the files of `deploy/` that user data is made from. */
import { readFile } from 'node:fs/promises';
import type { UserDataTemplates } from './user-data.ts';

const DEPLOY = new URL('../../../deploy/', import.meta.url);

export async function readUserDataTemplates(): Promise<UserDataTemplates> {
  const [script, unit] = await Promise.all([
    readFile(new URL('user-data.sh', DEPLOY), 'utf8'),
    readFile(new URL('systemd/ptp-tester-agent.service', DEPLOY), 'utf8'),
  ]);
  return { script, unit };
}
