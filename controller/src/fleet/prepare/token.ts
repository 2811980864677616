/** The enrolment token of one launch: follows from the controller's key, so it need not be stored (pure). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RunId } from '../../runs/run.ts';

/** Which launch a token belongs to. */
export interface TokenOwner {
  readonly run: RunId;
  readonly index: number;
  readonly attempt: number;
}

const TOKEN = /^[0-9a-f]{64}$/;

/** HMAC-SHA256 over run, index and attempt, in hex. The first line keeps it apart from other uses of the key. */
export function makeToken(controllerKey: Uint8Array, owner: TokenOwner): string {
  const text = `ptp-tester enrolment token\n${owner.run}\n${owner.index}\n${owner.attempt}`;
  return createHmac('sha256', controllerKey).update(text).digest('hex');
}

/** Whether `token` is the one of this launch; takes the same time wherever they differ. */
export function checkToken(controllerKey: Uint8Array, owner: TokenOwner, token: string): boolean {
  if (!TOKEN.test(token)) return false;
  return timingSafeEqual(Buffer.from(makeToken(controllerKey, owner), 'hex'), Buffer.from(token, 'hex'));
}
