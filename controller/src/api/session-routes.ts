/** Routes by which a page begins, asks for and ends its session. */
import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { FastifyBaseLogger } from 'fastify';
import Type from 'typebox';
import { ApiError } from './api-error.ts';
import { SessionBody, SessionReply } from './live-schemas.ts';
import type { OperatorAccess } from './operator-access.ts';
import type { ApiServer } from './register-api.ts';
import { ErrorReply } from './schemas.ts';
import { endedCookie, sessionCookie, sessionIdOf } from './sessions.ts';

const errors = { 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 429: ErrorReply };
/** These check for themselves who asks. */
export const SESSION_PATH = '/api/v1/session';

export function registerSessionRoutes<Logger extends FastifyBaseLogger>(
  app: ApiServer<Logger>,
  access: OperatorAccess,
): void {
  const begin = {
    summary: "Begin a page's session: the token once, then a cookie",
    security: [],
    body: SessionBody,
    response: { 204: Type.Null(), ...errors },
  };
  app.post(SESSION_PATH, { schema: begin }, (request, reply) => {
    const id = access.beginSession(request.body.token, request, reply);
    const secure = request.headers.origin?.startsWith('https:') === true;
    reply.header('set-cookie', sessionCookie(id, { secure })).code(204).send(null);
  });

  const ask = { summary: 'Whether there is a session', security: [], response: { 200: SessionReply, ...errors } };
  app.get(SESSION_PATH, { schema: ask }, (request, reply) => {
    if (request.headers.authorization !== undefined) {
      access.checkToken(request, reply);
      return { expires_at: null };
    }
    const expiresAt = access.sessionExpiry(request);
    if (expiresAt === null) throw new ApiError('unauthorized', 'there is no session; POST the token to begin one');
    return { expires_at: formatInstant(instantFromMs(expiresAt)) };
  });

  const end = { summary: 'End the session', security: [], response: { 204: Type.Null(), ...errors } };
  app.delete(SESSION_PATH, { schema: end }, (request, reply) => {
    const id = sessionIdOf(request.headers.cookie);
    if (id !== null) access.sessions.end(id);
    reply.header('set-cookie', endedCookie()).code(204).send(null);
  });
}
