// The errors that the EC2 and SSM APIs answer with, and the HTTP status that comes with each code.

/** HTTP status by error code, as "Error codes for the Amazon EC2 API" and observed answers have it. */
const STATUS_OF_CODE = {
  AccessDenied: 403,
  AccessDeniedException: 400,
  AuthFailure: 401,
  DependencyViolation: 400,
  DryRunOperation: 412,
  ExpiredToken: 403,
  ExpiredTokenException: 400,
  InvalidAuthorizationMessageException: 400,
  IdempotentInstanceTerminated: 400,
  IdempotentParameterMismatch: 400,
  IncorrectInstanceState: 400,
  InsufficientFreeAddressesInSubnet: 400,
  InsufficientInstanceCapacity: 500,
  InternalError: 500,
  InvalidAction: 400,
  'InvalidAMIID.Malformed': 400,
  'InvalidAMIID.NotFound': 400,
  InvalidBlockDeviceMapping: 400,
  InvalidClientTokenId: 403,
  InvalidDocument: 400,
  'InvalidGroup.Duplicate': 400,
  'InvalidGroup.NotFound': 400,
  InvalidID: 400,
  InvalidInstanceId: 400,
  'InvalidInstanceID.Malformed': 400,
  'InvalidInstanceID.NotFound': 400,
  InvalidInstanceType: 400,
  'InvalidKeyPair.NotFound': 400,
  'InvalidNetworkAclID.NotFound': 400,
  'InvalidNetworkInterfaceID.NotFound': 400,
  InvalidNextToken: 400,
  InvalidParameter: 400,
  InvalidParameterCombination: 400,
  InvalidParameterValue: 400,
  InvalidParameters: 400,
  'InvalidPermission.Duplicate': 400,
  'InvalidPermission.NotFound': 400,
  'InvalidPlacementGroup.Duplicate': 400,
  'InvalidPlacementGroup.InUse': 400,
  'InvalidPlacementGroup.Unknown': 400,
  'InvalidRouteTableID.NotFound': 400,
  'InvalidSubnetID.NotFound': 400,
  'InvalidUserData.Malformed': 400,
  'InvalidVolume.NotFound': 400,
  'InvalidVpcEndpointId.NotFound': 400,
  'InvalidVpcID.NotFound': 400,
  InvocationDoesNotExist: 400,
  MalformedQueryString: 400,
  MissingAction: 400,
  MissingParameter: 400,
  OperationNotPermitted: 400,
  ParameterNotFound: 400,
  RequestEntityTooLarge: 413,
  RequestExpired: 400,
  RequestLimitExceeded: 503,
  SerializationException: 400,
  TagLimitExceeded: 400,
  Throttling: 400,
  ThrottlingException: 400,
  UnauthorizedOperation: 403,
  UnknownOperationException: 400,
  UnknownParameter: 400,
  UnrecognizedClientException: 400,
  Unsupported: 400,
  ValidationException: 400,
  VcpuLimitExceeded: 400,
  VolumeInUse: 400,
} as const satisfies Record<string, number>;

/** HTTP status of a code; undefined for codes that this endpoint does not know. */
export function statusOf(code: string): number | undefined {
  const statuses: Readonly<Record<string, number>> = STATUS_OF_CODE;
  return Object.hasOwn(statuses, code) ? statuses[code] : undefined;
}

/** A code this endpoint answers with by itself; injected faults may carry any other. */
export type ApiErrorCode = keyof typeof STATUS_OF_CODE;

/** An error answer of the API: the SDK shows `code` as the exception's `name`. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(code: ApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.code = code;
    this.status = STATUS_OF_CODE[code];
  }
}
