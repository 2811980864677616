/** What a program may have left behind on this machine: processes whose command line or environment names its folder. */
import { readdirSync, readFileSync } from 'node:fs';

/** Living processes, but this one, that mention the folder: `pid command line`. */
export function processesNaming(directory: string): readonly string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const command = readOrEmpty(`/proc/${pid}/cmdline`);
    const environment = readOrEmpty(`/proc/${pid}/environ`);
    if (`${command}${environment}`.includes(directory)) found.push(`${pid} ${command.replaceAll('\0', ' ')}`);
  }
  return found;
}

/** A process may have ended meanwhile; a zombie has neither. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
