// User data as cloud-init takes it: gzip is unpacked, a text with a shebang is run once, anything else is left alone.
import { gunzipSync } from 'node:zlib';

/** What to do with user data. */
export type UserDataPlan =
  | { readonly kind: 'script'; readonly text: Uint8Array; readonly interpreter: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'ignored'; readonly why: string };

/** Unpacked user data may not be larger. */
const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;

/** Decides what user data means. Pure. */
export function planUserData(userData: Uint8Array | undefined): UserDataPlan {
  if (userData === undefined || userData.length === 0) return { kind: 'none' };
  const text = unpack(userData);
  if (text === undefined) return { kind: 'ignored', why: 'it begins like gzip and cannot be unpacked' };
  const firstLine = Buffer.from(text).toString('latin1').split('\n', 1)[0] ?? '';
  const match = /^#!\s*(\S+)(?:\s+(.*\S))?\s*$/.exec(firstLine);
  if (match !== null) {
    // The kernel gives the rest of the line as one argument (execve(2)).
    const [, program = '', argument] = match;
    return { kind: 'script', text, interpreter: argument === undefined ? [program] : [program, argument] };
  }
  return {
    kind: 'ignored',
    why: 'it does not begin with #! (cloud-config, MIME parts and other forms are not run by local-ec2)',
  };
}

function unpack(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch {
    return undefined;
  }
}
