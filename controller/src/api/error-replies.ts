/** Turns whatever went wrong into the API's one error shape; what is not the caller's fault is logged, not told. */
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { StoreError } from '../store/store-error.ts';
import { ApiError } from './api-error.ts';
import type { ErrorReply } from './schemas.ts';

type ErrorLog = Pick<FastifyBaseLogger, 'error'>;

/** The error handler of the API. Without a log of its own it takes the server's. */
export function makeErrorHandler(log: ErrorLog | undefined) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const apiError = toApiError(error);
    const { method } = request;
    if (apiError.status >= 500) {
      (log ?? request.log).error(
        { err: error, method, route: request.routeOptions.url },
        'a request of the API failed',
      );
    }
    if (apiError.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="ptp-tester"');
    return reply.code(apiError.status).send(errorReply(apiError));
  };
}

export function errorReply({ code, message, field, problems }: ApiError): ErrorReply {
  const about = field === null ? {} : { field };
  const all = problems === null ? {} : { problems: problems.map((problem) => ({ ...problem })) };
  return { error: { code, message, ...about, ...all } };
}

function toApiError(error: FastifyError | Error): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreError) return new ApiError('unavailable', `the samples cannot be read: ${error.message}`);
  if ('validation' in error && error.validation !== undefined) return validationError(error);
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status === 413) return new ApiError('too_large', error.message);
  if (status >= 400 && status < 500) return new ApiError('bad_request', error.message);
  return new ApiError('internal', 'the controller failed to answer; its log says why');
}

const NOT_A_RUN = 'this is not the id of a run; they look like 20261120-231757-k3f9';

/** The first fault that the schema found, with the parameter's name. */
function validationError(error: FastifyError): ApiError {
  const [fault] = error.validation ?? [];
  const missing = fault?.params['missingProperty'];
  const field = typeof missing === 'string' ? missing : (fault?.instancePath.split('/')[1] ?? null);
  const allowed = fault?.params['allowedValues'];
  if (field === 'run' && fault?.keyword === 'pattern') return new ApiError('bad_request', NOT_A_RUN, field);
  const hint = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  return new ApiError('bad_request', `${error.message}${hint}`, field === '' ? null : field);
}
