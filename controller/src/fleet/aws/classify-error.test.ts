import { describe, expect, it } from 'vitest';
import { type AwsErrorKind, classifyError, isRefusal } from './classify-error.ts';

interface Case {
  readonly name: string;
  readonly httpStatus: number | null;
  readonly kind: AwsErrorKind;
  readonly refused: boolean;
}

/** Codes with the HTTP status that comes with them (measured against the SDK). */
const CASES: readonly Case[] = [
  { name: 'InsufficientInstanceCapacity', httpStatus: 500, kind: 'capacity', refused: true },
  { name: 'VcpuLimitExceeded', httpStatus: 400, kind: 'quota', refused: true },
  { name: 'InsufficientFreeAddressesInSubnet', httpStatus: 400, kind: 'quota', refused: true },
  { name: 'UnauthorizedOperation', httpStatus: 403, kind: 'permission', refused: true },
  { name: 'ExpiredToken', httpStatus: 400, kind: 'credentials', refused: true },
  { name: 'CredentialsProviderError', httpStatus: null, kind: 'credentials', refused: true },
  { name: 'RequestLimitExceeded', httpStatus: 503, kind: 'throttling', refused: true },
  { name: 'Unsupported', httpStatus: 400, kind: 'unsupported_by_api', refused: true },
  { name: 'IdempotentParameterMismatch', httpStatus: 400, kind: 'idempotency', refused: false },
  { name: 'InvalidSubnetID.NotFound', httpStatus: 400, kind: 'not_found', refused: true },
  { name: 'InvalidAMIID.NotFound', httpStatus: 400, kind: 'not_found', refused: true },
  { name: 'InternalError', httpStatus: 500, kind: 'network', refused: false },
  { name: 'ServiceUnavailable', httpStatus: 503, kind: 'network', refused: false },
  { name: 'ECONNREFUSED', httpStatus: null, kind: 'network', refused: true },
  { name: 'ECONNRESET', httpStatus: null, kind: 'network', refused: false },
  { name: 'TimeoutError', httpStatus: null, kind: 'network', refused: false },
  { name: 'InvalidParameterValue', httpStatus: 400, kind: 'other', refused: true },
  { name: 'constructor', httpStatus: 400, kind: 'other', refused: true },
  { name: 'SomethingNobodyKnows', httpStatus: null, kind: 'other', refused: false },
];

describe('classifying failed calls', () => {
  it.each(CASES)('$name is $kind, refused: $refused', ({ name, httpStatus, kind, refused }) => {
    expect(classifyError({ name, httpStatus })).toBe(kind);
    expect(isRefusal({ name, httpStatus })).toBe(refused);
  });
});
