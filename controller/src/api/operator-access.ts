/** Lets operators in: by the bearer token, or by the session that a page began with it. Counts wrong tokens. */
import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDependencies } from './api-dependencies.ts';
import { ApiError } from './api-error.ts';
import { FailureLimit } from './failure-limit.ts';
import { checkCaller, checkToken, tooManyFailures } from './operator-auth.ts';
import { Sessions, sessionIdOf } from './sessions.ts';

export type AccessDependencies = Pick<ApiDependencies, 'token' | 'allowedHosts' | 'now' | 'log'>;

/** Whose page it is was checked for all of them; these change nothing. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

export class OperatorAccess {
  readonly sessions: Sessions;
  readonly #deps: AccessDependencies;
  readonly #limit: FailureLimit;

  constructor(deps: AccessDependencies) {
    this.#deps = deps;
    this.#limit = new FailureLimit(deps);
    this.sessions = new Sessions({ now: deps.now, randomBytes });
  }

  /** Throws `forbidden_host` or `forbidden_origin`. */
  checkCaller({ headers }: FastifyRequest): void {
    checkCaller(headers, this.#deps.allowedHosts ?? []);
  }

  /** Throws `unauthorized`, `too_many_failures` or `forbidden_origin`. A missing token is no guess. */
  checkOperator(request: FastifyRequest, reply: FastifyReply): void {
    const { headers } = request;
    if (headers.authorization !== undefined) {
      this.checkToken(request, reply);
      return;
    }
    if (this.sessionExpiry(request) === null) checkToken(headers, this.#deps.token);
    // A cookie comes along by itself: what changes something, and the socket, must come from our own page.
    const needsOrigin = !READING.has(request.method) || headers.upgrade !== undefined;
    if (needsOrigin && headers.origin === undefined) {
      throw new ApiError('forbidden_origin', 'a session is only good for the page that it belongs to', 'origin');
    }
  }

  /** Checks the bearer token; wrong ones are counted. */
  checkToken(request: FastifyRequest, reply: FastifyReply): void {
    try {
      checkToken(request.headers, this.#deps.token);
    } catch (error) {
      throw this.#failed(request, reply) ?? error;
    }
  }

  /** The id of a new session for whoever gives the token. Throws as `checkToken`. */
  beginSession(token: string, request: FastifyRequest, reply: FastifyReply): string {
    try {
      checkToken({ authorization: `Bearer ${token}` }, this.#deps.token);
    } catch {
      const refusal = new ApiError('unauthorized', 'this is not the token of this controller', 'token');
      throw this.#failed(request, reply) ?? refusal;
    }
    return this.sessions.begin();
  }

  /** When the request's session ends, ms since 1970; null: it has none. */
  sessionExpiry({ headers }: FastifyRequest): number | null {
    const id = sessionIdOf(headers.cookie);
    return id === null ? null : this.sessions.use(id);
  }

  #failed(request: FastifyRequest, reply: FastifyReply): ApiError | null {
    const failure = this.#limit.fail();
    const { ip: address } = request;
    if (failure.reached) {
      (this.#deps.log ?? request.log).error({ address }, 'too many wrong operator tokens; this was the last');
    }
    if (failure.retryAfterS !== null) reply.header('retry-after', failure.retryAfterS);
    return tooManyFailures(failure);
  }
}
