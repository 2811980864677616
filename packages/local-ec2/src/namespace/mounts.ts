// Looks at this machine's mounts before anything is removed as root.
import { readFile } from 'node:fs/promises';
import { IsolationError } from './isolation-error.ts';

/**
 * Refuses when anything is mounted in a folder that is about to be removed: everything of an instance is mounted in
 * namespaces of its own, so a mount here would be somebody else's files.
 * @throws IsolationError namespace_failed
 */
export async function requireNoMounts(folder: string): Promise<void> {
  if (!folder.startsWith('/') || folder.split('/').filter(Boolean).length < 2) {
    throw new IsolationError('namespace_failed', `not a folder that could be removed: ${folder}`);
  }
  const below = mountPoints(await readFile('/proc/self/mountinfo', 'utf8')).filter(
    (path) => path === folder || path.startsWith(`${folder}/`),
  );
  if (below.length > 0) {
    throw new IsolationError('namespace_failed', `${folder} is not removed: ${below.join(', ')} is mounted in it`);
  }
}

/** Mount points of a mountinfo text (proc_pid_mountinfo(5)). Pure. */
export function mountPoints(text: string): string[] {
  const paths = text.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  return paths.map((path) =>
    path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
  );
}
