/** Makes and recognises run ids: `20261120-231757-k3f9`, start in UTC and four random characters. */
import type { RunId } from './run.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const RANDOM_LENGTH = 4;
const RUN_ID = /^\d{8}-\d{6}-[a-z0-9]{4}$/;

export interface RunIdSources {
  /** Milliseconds since 1970. */
  now(): number;
  /** A whole number from 0 up to, not including, `limit`. */
  randomInt(limit: number): number;
}

/** A new id; unique enough on one controller: 1.7 million ids for each second. */
export function makeRunId(sources: RunIdSources): RunId {
  const start = new Date(sources.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET.charAt(sources.randomInt(ALPHABET.length)));
  return `${start}-${random.join('')}`;
}

/** Whether a text is a run id, and so safe as a folder name and in a tag. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}
