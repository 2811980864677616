/**
 * Sessions of web pages: after the operators' token was given once, a cookie with a random id stands for it. They live in memory only and
 * end with the controller. Pure but for the clock and the randomness passed in.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

const SESSION_COOKIE = 'ptp_tester_session';
/** Since its last use. */
const IDLE_MS = 12 * 3_600_000;
/** Since it began. */
const LONGEST_MS = 7 * 86_400_000;
/** The one that was used the longest ago makes room. */
const MOST_SESSIONS = 1000;
const ID_BYTES = 32;

interface Session {
  readonly digest: Buffer;
  readonly beganAt: number;
  usedAt: number;
  /** Who is told when it ends. */
  readonly enders: Set<() => void>;
}

export interface SessionsDependencies {
  /** ms since 1970. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

export class Sessions {
  readonly #dependencies: SessionsDependencies;
  /** By the hash of the id, so that neither memory nor the time of a look-up shows an id. In order of last use. */
  readonly #sessions = new Map<string, Session>();

  constructor(dependencies: SessionsDependencies) {
    this.#dependencies = dependencies;
  }

  /** The id of a new session. */
  begin(): string {
    const now = this.#dependencies.now();
    this.endExpired();
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MOST_SESSIONS && oldest !== undefined) this.#end(oldest);
    const id = this.#dependencies.randomBytes(ID_BYTES).toString('base64url');
    const digest = digestOf(id);
    this.#sessions.set(digest.toString('hex'), { digest, beganAt: now, usedAt: now, enders: new Set() });
    return id;
  }

  /** When the session ends if it is not used any more, ms since 1970; null: there is no such session. Using it prolongs it. */
  use(id: string): number | null {
    const digest = digestOf(id);
    const key = digest.toString('hex');
    const session = this.#sessions.get(key);
    if (session === undefined || !timingSafeEqual(session.digest, digest)) return null;
    if (expiryOf(session) <= this.#dependencies.now()) {
      this.#end(key);
      return null;
    }
    this.#sessions.delete(key);
    session.usedAt = this.#dependencies.now();
    this.#sessions.set(key, session);
    return expiryOf(session);
  }

  end(id: string): void {
    this.#end(digestOf(id).toString('hex'));
  }

  /** Calls back once when the session ends, however it does; returns how to stop that. Until then the session is in use. */
  onEnd(id: string, callback: () => void): () => void {
    const session = this.#sessions.get(digestOf(id).toString('hex'));
    session?.enders.add(callback);
    return () => session?.enders.delete(callback);
  }

  /** Ends those whose time is over, of which nobody would hear otherwise. */
  endExpired(): void {
    const now = this.#dependencies.now();
    for (const [key, session] of this.#sessions) {
      // A page that only listens is used, too; it ends with the longest time of a session.
      if (session.enders.size > 0) session.usedAt = now;
      if (expiryOf(session) <= now) this.#end(key);
    }
  }

  #end(key: string): void {
    const session = this.#sessions.get(key);
    this.#sessions.delete(key);
    for (const tell of session?.enders ?? []) tell();
  }
}

/** What the browser is told to keep. `secure`: the page came over HTTPS. */
export function sessionCookie(id: string, { secure }: { readonly secure: boolean }): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${LONGEST_MS / 1000}`];
  return [`${SESSION_COOKIE}=${id}`, ...attributes, ...(secure ? ['Secure'] : [])].join('; ');
}

/** What makes the browser forget it. */
export function endedCookie(): string {
  return `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
}

/** The id in a `Cookie` header; null without one. */
export function sessionIdOf(cookie: string | undefined): string | null {
  for (const part of cookie?.split(';') ?? []) {
    const [name, value] = part.trim().split('=');
    if (name === SESSION_COOKIE && value !== undefined && /^[\w-]{1,128}$/.test(value)) return value;
  }
  return null;
}

function expiryOf({ beganAt, usedAt }: Session): number {
  return Math.min(usedAt + IDLE_MS, beganAt + LONGEST_MS);
}

function digestOf(id: string): Buffer {
  return createHash('sha256').update(id).digest();
}
