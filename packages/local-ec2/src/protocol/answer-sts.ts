// STS: whose credentials these are, and what an encoded refusal says. STS is not among the SDK clients that the model is read
// from, and these two actions are small, so their answers are written by hand.
import type { Account } from '../account/account.ts';
import { ApiError } from '../api-error.ts';
import { escapeXml } from './render-xml.ts';
import { callerArn, decodeRefusal } from './unauthorized.ts';

const VERSION = '2011-06-15';
const NAMESPACE = `https://sts.amazonaws.com/doc/${VERSION}/`;
/** Example user id of the IAM documentation. */
const USER_ID = 'AIDACKCEVSQ6C2EXAMPLE';

/** The answer to an STS request. @throws ApiError InvalidAction, InvalidParameterValue, InvalidAuthorizationMessage */
export function answerSts(parameters: URLSearchParams, account: Account, requestId: string): string {
  const action = parameters.get('Action') ?? '';
  const result = resultOf(action, parameters, account);
  if (result === null) throw new ApiError('InvalidAction', `Could not find operation ${action} for version ${VERSION}`);
  if (parameters.get('Version') !== VERSION) {
    throw new ApiError('InvalidParameterValue', `local-ec2 speaks version ${VERSION} of STS.`);
  }
  return `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
}

/** Null: this action is not known here. */
function resultOf(action: string, parameters: URLSearchParams, { ownerId }: Account): string | null {
  if (action === 'GetCallerIdentity') {
    return `<Arn>${callerArn(ownerId)}</Arn><UserId>${USER_ID}</UserId><Account>${ownerId}</Account>`;
  }
  if (action !== 'DecodeAuthorizationMessage') return null;
  const decoded = decodeRefusal(parameters.get('EncodedMessage') ?? '');
  if (decoded !== null) return `<DecodedMessage>${escapeXml(decoded)}</DecodedMessage>`;
  throw new ApiError('InvalidAuthorizationMessageException', 'The message is none that this endpoint encoded.');
}

/** An error as STS says it. */
export function stsError(error: { code: string; message: string; status: number }, requestId: string): string {
  const type = error.status >= 500 ? 'Receiver' : 'Sender';
  const body = `<Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error>${body}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}
