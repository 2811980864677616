// One API request to its answer: which service, which action, whether it may, validate, do, write the answer or the error.
import type { ActionContext } from '../account/account.ts';
import { EC2_ACTIONS, SSM_ACTIONS } from '../account/actions.ts';
import { refuseDryRun } from '../account/dry-run.ts';
import { ApiError } from '../api-error.ts';
import { answerSts, stsError } from './answer-sts.ts';
import { parseQuery } from './parse-query.ts';
import { renderAnswer, renderError } from './render-xml.ts';
import type { RequestGuard } from './request-guard.ts';
import { inWordsOf, type ServiceName } from './service-codes.ts';
import type { ServiceModel } from './service-model.ts';
import { parseJsonRequest } from './validate-json.ts';

/** A request as it came over HTTP. */
export interface ApiRequest {
  readonly id: string;
  readonly service: ServiceName;
  readonly action: string;
  /** Of the signature; undefined when there is none. */
  readonly accessKeyId: string | undefined;
  /** Form text for EC2 and STS, JSON for SSM. */
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
/** Signature Version 4: `Credential=<access key id>/<date>/<region>/<service>/aws4_request`. */
const CREDENTIAL = /^AWS4-\S+ .*Credential=([^/,\s]+)(?:\/[^/,]*\/[^/,]*\/([^/,]*))?/;
const SSM_TARGET = /^AmazonSSM\.([A-Za-z]+)$/;

/** Finds out which service and action a request is for; unknown forms have an empty action. */
export function identifyRequest(options: {
  id: string;
  target: string | undefined;
  authorization: string | undefined;
  body: string;
}): ApiRequest {
  const { id, target, authorization, body } = options;
  const [, accessKeyId, scope] = CREDENTIAL.exec(authorization ?? '') ?? [];
  if (target !== undefined) {
    return { id, service: 'ssm', action: SSM_TARGET.exec(target)?.[1] ?? '', accessKeyId, body };
  }
  const service = scope === 'sts' ? 'sts' : 'ec2';
  return { id, service, action: new URLSearchParams(body).get('Action') ?? '', accessKeyId, body };
}

/** What answers are made with. */
export interface AnswerDependencies {
  readonly models: ServiceModels;
  readonly context: ActionContext;
  readonly guard: RequestGuard;
}

/** Answers a request. Errors of the API become its error answers; others are mistakes of ours and become InternalError. */
export async function answerRequest(request: ApiRequest, dependencies: AnswerDependencies): Promise<ApiAnswer> {
  try {
    dependencies.guard.admit(request);
    switch (request.service) {
      case 'ec2':
        return await answerEc2(request, dependencies);
      case 'ssm':
        return await answerSsm(request, dependencies);
      case 'sts':
        return xmlAnswer(answerSts(new URLSearchParams(request.body), dependencies.context.account, request.id), 200);
    }
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
  request: { service: ServiceName; id: string },
  cause: { code: string; message: string; status: number },
): ApiAnswer {
  const error = inWordsOf(request.service, cause);
  switch (request.service) {
    case 'ssm':
      return jsonAnswer({ __type: error.code, message: error.message }, error.status);
    case 'sts':
      return xmlAnswer(stsError(error, request.id), error.status);
    case 'ec2':
      return xmlAnswer(renderError(error.code, error.message, request.id), error.status);
  }
}

async function answerEc2(request: ApiRequest, { models, context, guard }: AnswerDependencies): Promise<ApiAnswer> {
  const parameters = new URLSearchParams(request.body);
  if (request.action === '') throw new ApiError('MissingAction', 'The request is missing an action.');
  const version = parameters.get('Version');
  if (version !== null && version !== EC2_VERSION) {
    throw new ApiError(
      'InvalidParameterValue',
      `The version ${version} is not known; local-ec2 speaks ${EC2_VERSION}.`,
    );
  }
  const operation = models.ec2.operation(request.action);
  const action = EC2_ACTIONS.get(request.action);
  if (operation === undefined || action === undefined) {
    const why = operation === undefined ? '' : ' local-ec2 does not have it.';
    throw new ApiError('InvalidAction', `The action ${request.action} is not valid for this web service.${why}`);
  }
  const input = parseQuery(operation.input, parameters);
  guard.authorize(request, input);
  if (/^(Describe|Get)/.test(request.action)) refuseDryRun(input);
  const output = await action(input as never, context);
  return xmlAnswer(renderAnswer(operation, output, request.id), 200);
}

async function answerSsm(request: ApiRequest, { models, context, guard }: AnswerDependencies): Promise<ApiAnswer> {
  const operation = models.ssm.operation(request.action);
  const action = SSM_ACTIONS.get(request.action);
  if (operation === undefined || action === undefined) {
    throw new ApiError('UnknownOperationException', `The operation '${request.action}' is not one that local-ec2 has.`);
  }
  const input = parseJsonRequest(operation.input, request.body);
  guard.authorize(request, input);
  return jsonAnswer(await action(input as never, context), 200);
}

function xmlAnswer(body: string, status: number): ApiAnswer {
  return { status, contentType: 'text/xml;charset=UTF-8', body };
}

function jsonAnswer(body: object, status: number): ApiAnswer {
  return { status, contentType: 'application/x-amz-json-1.1', body: JSON.stringify(body) };
}
