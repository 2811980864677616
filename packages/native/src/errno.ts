/** Names of Linux error numbers, both ways. */
import { constants } from 'node:os';

/** The numbers by name, for example `ERRNO.EBUSY`. */
export const ERRNO = constants.errno;

/** Of two names for one number, the one that kernel sources and manual pages of clocks use. */
const preferred = new Set(['EOPNOTSUPP', 'EAGAIN']);
const names = new Map<number, string>();
for (const [name, number] of Object.entries(constants.errno)) {
  if (!names.has(number) || preferred.has(name)) names.set(number, name);
}

/** `EBUSY` for 16; `errno 12345` for a number without a name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}
