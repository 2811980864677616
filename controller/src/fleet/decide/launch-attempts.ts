/**
 * Attempts and places (pure). Each attempt of an index is one frozen request with its own ClientToken, in one subnet. Attempts
 * go round the subnets: with three, attempts 1 2 3 are the subnets in order, 4 5 6 again. A refused attempt may be sent again
 * as it is; only where its token is of no use any more is the next round begun.
 */
import type { PreparedType } from '../../runs/run-preparation.ts';
import type { AwsErrorKind } from '../aws/classify-error.ts';

/** What the wire allows. */
const MAX_ATTEMPT = 1000;

/** The subnet of an attempt. */
export function placeOfAttempt({ subnetIds }: Pick<PreparedType, 'subnetIds'>, attempt: number): string {
  return subnetIds[(attempt - 1) % subnetIds.length] ?? '';
}

interface Refusal {
  readonly kind: AwsErrorKind;
  readonly awsCode: string;
}

/** Another subnet is another zone, another range of addresses: these refusals hold only for the one that was tried. */
export function isOfPlace({ kind, awsCode }: Refusal): boolean {
  return kind === 'capacity' || kind === 'unsupported_by_api' || awsCode === 'InsufficientFreeAddressesInSubnet';
}

/** The attempt after one that was refused in its place: the next subnet of the same round, after the last the first. */
export function attemptElsewhere(attempt: number, subnetCount: number): number {
  const round = Math.floor((attempt - 1) / subnetCount) * subnetCount;
  return round + (attempt % subnetCount) + 1;
}

/** The same place with a new token; null when there have been too many. */
export function attemptAnew(attempt: number, subnetCount: number): number | null {
  const next = attempt + subnetCount;
  return next > MAX_ATTEMPT ? null : next;
}

/** Whether this refusal, and those of every other subnet, mean that trying again is useless. */
export function isHopeless({ kind, awsCode }: Refusal, triedPlaces: number, subnetCount: number): boolean {
  if (kind === 'capacity') return false;
  return !isOfPlace({ kind, awsCode }) || triedPlaces >= subnetCount;
}
