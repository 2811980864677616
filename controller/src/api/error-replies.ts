/** Turns whatever went wrong into the API's one error shape; what is not the caller's fault is logged, not told. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { StoreError } from '../store/store-error.ts';
import { ApiError } from './api-error.ts';
import type { ErrorReply } from './schemas.ts';

/** The error handler of the API. */
export function replyWithError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const apiError = toApiError(error);
  if (apiError.code === 'internal') request.log.error({ err: error }, 'a request of the API failed');
  if (apiError.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="ptp-tester"');
  return reply.code(apiError.status).send(errorReply(apiError));
}

export function errorReply({ code, message, field }: ApiError): ErrorReply {
  return { error: { code, message, ...(field === null ? {} : { field }) } };
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

/** The first fault that the schema found, with the parameter's name. */
function validationError(error: FastifyError): ApiError {
  const [fault] = error.validation ?? [];
  const missing = fault?.params['missingProperty'];
  const field = typeof missing === 'string' ? missing : (fault?.instancePath.split('/')[1] ?? null);
  const allowed = fault?.params['allowedValues'];
  const hint = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  return new ApiError('bad_request', `${error.message}${hint}`, field === '' ? null : field);
}
