// SSM: the public parameters that name the current images.
import type {
  GetParameterRequest,
  GetParameterResult,
  GetParametersRequest,
  GetParametersResult,
  Parameter,
} from '@aws-sdk/client-ssm';
import { ApiError } from '../api-error.ts';
import type { ActionContext } from './account.ts';

/** GetParameters takes at most ten names. */
const MAX_NAMES = 10;

/** A parameter as JSON 1.1 carries it: instants are seconds since the Unix epoch. */
export type ParameterAnswer = Omit<Parameter, 'LastModifiedDate'> & { LastModifiedDate: number };

/** GetParameter. */
export function getParameter(
  request: GetParameterRequest,
  context: ActionContext,
): Omit<GetParameterResult, 'Parameter'> & { Parameter: ParameterAnswer } {
  const parameter = find(request.Name ?? '', context);
  if (parameter === undefined) throw new ApiError('ParameterNotFound', `Parameter ${request.Name} not found.`);
  return { Parameter: parameter };
}

/** GetParameters. */
export function getParameters(
  request: GetParametersRequest,
  context: ActionContext,
): Omit<GetParametersResult, 'Parameters'> & { Parameters: ParameterAnswer[] } {
  const names = request.Names ?? [];
  if (names.length > MAX_NAMES) {
    throw new ApiError('ValidationException', `Value at 'names' failed to satisfy constraint: at most ${MAX_NAMES}.`);
  }
  const found = names.map((name) => ({ name, parameter: find(name, context) }));
  return {
    Parameters: found.flatMap(({ parameter }) => (parameter === undefined ? [] : [parameter])),
    InvalidParameters: found.filter(({ parameter }) => parameter === undefined).map(({ name }) => name),
  };
}

function find(name: string, context: ActionContext): ParameterAnswer | undefined {
  for (const { image, parameterNames } of context.account.images.values()) {
    if (!parameterNames.includes(name)) continue;
    return {
      Name: name,
      Type: 'String',
      Value: image.ImageId,
      Version: 1,
      LastModifiedDate: new Date(image.CreationDate ?? 0).getTime() / 1000,
      ARN: `arn:aws:ssm:${context.account.region}::parameter${name}`,
      DataType: 'text',
    };
  }
  return undefined;
}
