// One API request to its answer: which service, which action, validate, do, write the answer or the error.
import type { ActionContext } from '../account/account.ts';
import { EC2_ACTIONS, SSM_ACTIONS } from '../account/actions.ts';
import { refuseDryRun } from '../account/dry-run.ts';
import { ApiError } from '../api-error.ts';
import { parseQuery } from './parse-query.ts';
import { renderAnswer, renderError } from './render-xml.ts';
import type { ServiceModel } from './service-model.ts';
import { parseJsonRequest } from './validate-json.ts';

/** A request as it came over HTTP. */
export interface ApiRequest {
  readonly id: string;
  readonly service: 'ec2' | 'ssm';
  readonly action: string;
  readonly isSigned: boolean;
  /** Form text for EC2, JSON for SSM. */
  readonly body: string;
}

/** What goes back. */
export interface ApiAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The models of both services. */
export interface ServiceModels {
  readonly ec2: ServiceModel;
  readonly ssm: ServiceModel;
}

const EC2_VERSION = '2016-11-15';
const SSM_TARGET = /^AmazonSSM\.([A-Za-z]+)$/;

/** Finds out which service and action a request is for; unknown forms have an empty action. */
export function identifyRequest(options: {
  id: string;
  target: string | undefined;
  authorization: string | undefined;
  body: string;
}): ApiRequest {
  const { id, target, authorization, body } = options;
  const isSigned = /^AWS4-\S+ .*Credential=/.test(authorization ?? '');
  if (target !== undefined) {
    return { id, service: 'ssm', action: SSM_TARGET.exec(target)?.[1] ?? '', isSigned, body };
  }
  return { id, service: 'ec2', action: new URLSearchParams(body).get('Action') ?? '', isSigned, body };
}

/** Answers a request. Errors of the API become its error answers; others are mistakes of ours and become InternalError. */
export async function answerRequest(
  request: ApiRequest,
  models: ServiceModels,
  context: ActionContext,
): Promise<ApiAnswer> {
  try {
    requireSigned(request);
    return request.service === 'ec2'
      ? await answerEc2(request, models.ec2, context)
      : await answerSsm(request, models.ssm, context);
  } catch (error) {
    const apiError =
      error instanceof ApiError
        ? error
        : new ApiError('InternalError', `An internal error has occurred: ${String(error)}`, { cause: error });
    return errorAnswer(request, apiError);
  }
}

/** An error in the form of the request's service. */
export function errorAnswer(
  request: { service: 'ec2' | 'ssm'; id: string },
  error: { code: string; message: string; status: number },
): ApiAnswer {
  if (request.service === 'ssm') {
    return jsonAnswer({ __type: error.code, message: error.message }, error.status);
  }
  return xmlAnswer(renderError(error.code, error.message, request.id), error.status);
}

function requireSigned(request: ApiRequest): void {
  if (request.isSigned) return;
  throw new ApiError('AuthFailure', 'AWS was not able to validate the provided access credentials');
}

async function answerEc2(request: ApiRequest, model: ServiceModel, context: ActionContext): Promise<ApiAnswer> {
  const parameters = new URLSearchParams(request.body);
  if (request.action === '') throw new ApiError('MissingAction', 'The request is missing an action.');
  const version = parameters.get('Version');
  if (version !== null && version !== EC2_VERSION) {
    throw new ApiError(
      'InvalidParameterValue',
      `The version ${version} is not known; local-ec2 speaks ${EC2_VERSION}.`,
    );
  }
  const operation = model.operation(request.action);
  const action = EC2_ACTIONS.get(request.action);
  if (operation === undefined || action === undefined) {
    const why = operation === undefined ? '' : ' local-ec2 does not have it.';
    throw new ApiError('InvalidAction', `The action ${request.action} is not valid for this web service.${why}`);
  }
  const input = parseQuery(operation.input, parameters);
  if (/^(Describe|Get)/.test(request.action)) refuseDryRun(input);
  const output = await action(input as never, context);
  return xmlAnswer(renderAnswer(operation, output, request.id), 200);
}

async function answerSsm(request: ApiRequest, model: ServiceModel, context: ActionContext): Promise<ApiAnswer> {
  const operation = model.operation(request.action);
  const action = SSM_ACTIONS.get(request.action);
  if (operation === undefined || action === undefined) {
    throw new ApiError('UnknownOperationException', `The operation '${request.action}' is not one that local-ec2 has.`);
  }
  const input = parseJsonRequest(operation.input, request.body);
  return jsonAnswer(await action(input as never, context), 200);
}

function xmlAnswer(body: string, status: number): ApiAnswer {
  return { status, contentType: 'text/xml;charset=UTF-8', body };
}

function jsonAnswer(body: object, status: number): ApiAnswer {
  return { status, contentType: 'application/x-amz-json-1.1', body: JSON.stringify(body) };
}
