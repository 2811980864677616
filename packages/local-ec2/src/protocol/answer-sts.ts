// STS GetCallerIdentity: whose credentials these are. STS is not among the SDK clients that the model is read from, and this
// one action has no parameters, so its answer is written by hand.
import type { Account } from '../account/account.ts';
import { ApiError } from '../api-error.ts';
import { escapeXml } from './render-xml.ts';
import { callerArn } from './unauthorized.ts';

const VERSION = '2011-06-15';
const NAMESPACE = `https://sts.amazonaws.com/doc/${VERSION}/`;
/** Example user id of the IAM documentation. */
const USER_ID = 'AIDACKCEVSQ6C2EXAMPLE';

/** The answer to an STS request. @throws ApiError InvalidAction, InvalidParameterValue */
export function answerSts(parameters: URLSearchParams, account: Account, requestId: string): string {
  const action = parameters.get('Action') ?? '';
  if (action !== 'GetCallerIdentity') {
    throw new ApiError('InvalidAction', `Could not find operation ${action} for version ${VERSION}`);
  }
  if (parameters.get('Version') !== VERSION) {
    throw new ApiError('InvalidParameterValue', `local-ec2 speaks version ${VERSION} of STS.`);
  }
  const { ownerId } = account;
  const result = `<Arn>${callerArn(ownerId)}</Arn><UserId>${USER_ID}</UserId><Account>${ownerId}</Account>`;
  return `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>${result}</GetCallerIdentityResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
}

/** An error as STS says it. */
export function stsError(error: { code: string; message: string; status: number }, requestId: string): string {
  const type = error.status >= 500 ? 'Receiver' : 'Sender';
  const body = `<Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error>${body}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}
