/** Who may talk to the operators' API: a bearer token, and guards against a web page that talks to it behind its user's back. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { ApiError } from './api-error.ts';
import type { Failure } from './failure-limit.ts';

/** The header fields that decide. */
export interface CallerHeaders {
  readonly authorization?: string | undefined;
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/** Throws `unauthorized` unless the header carries the token. Takes as long for a wrong token as for the right one. */
export function checkToken(headers: CallerHeaders, token: string): void {
  const { authorization } = headers;
  if (authorization === undefined) {
    throw new ApiError('unauthorized', 'the header "Authorization: Bearer TOKEN" is missing', 'authorization');
  }
  const [scheme, given, ...rest] = authorization.split(' ');
  const right = scheme?.toLowerCase() === 'bearer' && given !== undefined && rest.length === 0;
  if (!right || !timingSafeEqual(digest(given), digest(token))) {
    throw new ApiError('unauthorized', 'the bearer token is not the one of this controller', 'authorization');
  }
}

/** What a wrong token is answered with once there were too many of them. */
export function tooManyFailures({ retryAfterS }: Failure): ApiError | null {
  if (retryAfterS === null) return null;
  return new ApiError(
    'too_many_failures',
    `too many wrong tokens were presented to this controller: try again in ${retryAfterS} s, or with the token in operator.token`,
    'authorization',
  );
}

/**
 * Throws `forbidden_host` when the request was addressed to a name that is not ours: a page on a domain that was made to resolve to
 * this machine (DNS rebinding) sends its own name. Addresses cannot be rebound, so any of them will do. Throws `forbidden_origin` for a page from elsewhere.
 */
export function checkCaller(headers: CallerHeaders, allowedHosts: readonly string[]): void {
  const { host, origin } = headers;
  const name = host === undefined ? null : hostName(host);
  if (name === null || !isOurs(name, allowedHosts)) {
    throw new ApiError('forbidden_host', `this controller does not answer to the host "${host ?? ''}"`, 'host');
  }
  if (origin !== undefined && originHost(origin) !== host?.toLowerCase()) {
    throw new ApiError('forbidden_origin', `requests from the origin "${origin}" are not accepted`, 'origin');
  }
}

function isOurs(name: string, allowedHosts: readonly string[]): boolean {
  return name === 'localhost' || isIP(name.replaceAll(/[[\]]/g, '')) !== 0 || allowedHosts.includes(name);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** `[::1]:7601` -> `[::1]`, `LOCALHOST:80` -> `localhost`; null for what is no host. */
function hostName(host: string): string | null {
  return /^(\[[0-9a-f:.]+\]|[^:/\s]+)(:\d+)?$/.exec(host.toLowerCase())?.[1] ?? null;
}

function originHost(origin: string): string | null {
  return /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1] ?? null;
}
