/**
 * What a failed call of the EC2 or SSM API means (pure). None of these kinds says anything about the PHC: they are
 * "not tested", never "unsupported", and never "the instance is gone".
 */

export type AwsErrorKind =
  | 'capacity'
  | 'quota'
  | 'permission'
  | 'credentials'
  | 'throttling'
  | 'unsupported_by_api'
  | 'idempotency'
  | 'not_found'
  | 'network'
  | 'other';

/** The parts of an SDK exception that decide. */
export interface AwsFailure {
  /** The API's error code, or the name (or errno) of a local error. */
  readonly name: string;
  /** Null when no answer came. */
  readonly httpStatus: number | null;
}

/** By exact code: "Error codes for the Amazon EC2 API", SSM's and the SDK's own errors. */
const KIND_OF_CODE: Readonly<Record<string, AwsErrorKind>> = {
  InsufficientInstanceCapacity: 'capacity',
  InsufficientHostCapacity: 'capacity',
  InsufficientReservedInstanceCapacity: 'capacity',
  InsufficientCapacity: 'capacity',
  InsufficientCapacityOnHost: 'capacity',
  UnfulfillableCapacity: 'capacity',

  InstanceLimitExceeded: 'quota',
  VcpuLimitExceeded: 'quota',
  MaxSpotInstanceCountExceeded: 'quota',
  VolumeLimitExceeded: 'quota',
  NetworkInterfaceLimitExceeded: 'quota',
  InsufficientFreeAddressesInSubnet: 'quota',
  InsufficientAddressCapacity: 'quota',
  ResourceLimitExceeded: 'quota',
  LimitExceededException: 'quota',
  TagLimitExceeded: 'quota',
  SecurityGroupLimitExceeded: 'quota',
  PlacementGroupLimitExceeded: 'quota',

  UnauthorizedOperation: 'permission',
  OperationNotPermitted: 'permission',
  AccessDenied: 'permission',
  AccessDeniedException: 'permission',
  OptInRequired: 'permission',
  PendingVerification: 'permission',
  Blocked: 'permission',

  AuthFailure: 'credentials',
  ExpiredToken: 'credentials',
  ExpiredTokenException: 'credentials',
  RequestExpired: 'credentials',
  InvalidClientTokenId: 'credentials',
  UnrecognizedClientException: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  IncompleteSignature: 'credentials',
  MissingAuthenticationToken: 'credentials',
  CredentialsProviderError: 'credentials',
  TokenProviderError: 'credentials',

  RequestLimitExceeded: 'throttling',
  Throttling: 'throttling',
  ThrottlingException: 'throttling',
  ThrottledException: 'throttling',
  TooManyRequestsException: 'throttling',
  SlowDown: 'throttling',
  EC2ThrottledException: 'throttling',

  Unsupported: 'unsupported_by_api',
  UnsupportedOperation: 'unsupported_by_api',
  UnsupportedInstanceTypeOnHost: 'unsupported_by_api',
  UnsupportedTenancy: 'unsupported_by_api',
  InvalidInstanceType: 'unsupported_by_api',

  IdempotentParameterMismatch: 'idempotency',
  IdempotentInstanceTerminated: 'idempotency',

  'InvalidPlacementGroup.Unknown': 'not_found',
  ParameterNotFound: 'not_found',
  InvocationDoesNotExist: 'not_found',

  TimeoutError: 'network',
  AbortError: 'network',
  NetworkingError: 'network',
  RequestTimeout: 'network',
  ECONNREFUSED: 'network',
  ECONNRESET: 'network',
  ECONNABORTED: 'network',
  ENOTFOUND: 'network',
  EAI_AGAIN: 'network',
  EHOSTUNREACH: 'network',
  ENETUNREACH: 'network',
  EPIPE: 'network',
  ETIMEDOUT: 'network',
};

const SERVER_ERROR = 500;

/** The connection was never made, so no request went out. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The kind of a failure; the service's own troubles (5xx without a known code) are `network`: try again. */
export function classifyError(failure: AwsFailure): AwsErrorKind {
  const known = Object.hasOwn(KIND_OF_CODE, failure.name) ? KIND_OF_CODE[failure.name] : undefined;
  if (known !== undefined) return known;
  if (/\.(NotFound|NotFoundException)$/.test(failure.name)) return 'not_found';
  if (failure.httpStatus !== null && failure.httpStatus >= SERVER_ERROR) return 'network';
  return 'other';
}

/**
 * Whether the service certainly did not carry the call out. It did not when it answered with an error of ours (4xx) or a
 * known refusal; a timeout or an internal error leaves it open.
 */
export function isRefusal(failure: AwsFailure): boolean {
  const kind = classifyError(failure);
  if (failure.httpStatus === null) return kind === 'credentials' || NEVER_SENT.has(failure.name);
  return kind !== 'network' && kind !== 'idempotency';
}

/** Whether the same request may succeed later without anybody changing anything. */
export function isTemporary(kind: AwsErrorKind): boolean {
  return kind === 'capacity' || kind === 'throttling' || kind === 'network';
}
