// What the services call the same refusal: EC2's codes, and those of SSM and STS for them.
import { statusOf } from '../api-error.ts';

/** A service of the endpoint, by its name in a signature's scope. */
export type ServiceName = 'ec2' | 'ssm' | 'sts';

const CODES: Readonly<Record<Exclude<ServiceName, 'ec2'>, Readonly<Record<string, string>>>> = {
  ssm: {
    AuthFailure: 'UnrecognizedClientException',
    ExpiredToken: 'ExpiredTokenException',
    RequestExpired: 'ExpiredTokenException',
    RequestLimitExceeded: 'ThrottlingException',
    UnauthorizedOperation: 'AccessDeniedException',
  },
  sts: {
    AuthFailure: 'InvalidClientTokenId',
    RequestExpired: 'ExpiredToken',
    RequestLimitExceeded: 'Throttling',
    UnauthorizedOperation: 'AccessDenied',
  },
};

/** An error as a service says it; codes that it has no own word for stay as they are. Pure. */
export function inWordsOf(service: ServiceName, error: { code: string; message: string; status: number }) {
  const own = service === 'ec2' ? undefined : CODES[service][error.code];
  return own === undefined ? error : { code: own, message: error.message, status: statusOf(own) ?? error.status };
}
