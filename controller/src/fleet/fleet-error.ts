/** What can go wrong in the fleet before or while instances are launched. */
import type { AwsErrorKind } from './aws/classify-error.ts';

export type FleetErrorCode =
  /** The run request cannot work as it stands; `faults` lists every reason. */
  | 'spec_invalid'
  /** A value cannot go into user data. */
  | 'user_data_value'
  /** The rendered user data is longer than EC2 accepts. */
  | 'user_data_too_large'
  /** A launch was asked for before what it needs was there. */
  | 'not_prepared'
  /** The operator's words about keeping cannot be done; `faults` lists why. */
  | 'keep_invalid'
  /** There is no such run, or not in a state for this. */
  | 'run_unfit'
  /** A call of the EC2 or SSM API failed; `call` says how. */
  | 'call_failed';

/** A failed call of the EC2 or SSM API. */
export interface FailedCall {
  readonly action: string;
  readonly kind: AwsErrorKind;
  /** The API's error code, or the name of the local error. */
  readonly awsCode: string;
  /** True when the service answered and did not carry it out; false when nobody knows whether it did. */
  readonly refused: boolean;
  /** AWS's id of the call, for its support; null when no answer came. */
  readonly requestId: string | null;
  /** What AWS encoded of why it was denied, for `aws sts decode-authorization-message`; null where it says nothing. */
  readonly encodedReason: string | null;
}

interface FleetErrorFields {
  readonly faults?: readonly string[];
  readonly call?: FailedCall;
  readonly cause?: unknown;
}

export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly code: FleetErrorCode;
  readonly faults: readonly string[];
  readonly call: FailedCall | null;

  constructor(code: FleetErrorCode, message: string, fields: FleetErrorFields = {}) {
    super(message, { cause: fields.cause });
    this.code = code;
    this.faults = fields.faults ?? [];
    this.call = fields.call ?? null;
  }
}
