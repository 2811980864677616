// DescribeKeyPairs: the key pairs that the conditions of the account name.
import type { DescribeKeyPairsRequest, DescribeKeyPairsResult, KeyPairInfo } from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { ActionContext } from './account.ts';
import { applyFilters } from './filters.ts';

/** DescribeKeyPairs. When the conditions name none, every name that is asked for exists. */
export function describeKeyPairs(request: DescribeKeyPairsRequest, { account }: ActionContext): DescribeKeyPairsResult {
  const known = account.conditions.keyPairs;
  const unknown = request.KeyNames?.find((name) => known?.includes(name) === false);
  if (unknown !== undefined) {
    throw new ApiError('InvalidKeyPair.NotFound', `The key pair '${unknown}' does not exist`);
  }
  const pairs: KeyPairInfo[] = (request.KeyNames ?? known ?? []).map((name) => ({
    KeyName: name,
    KeyPairId: `key-${Buffer.from(name).toString('hex').padEnd(17, '0').slice(0, 17)}`,
    KeyType: 'ed25519',
    Tags: [],
  }));
  return { KeyPairs: applyFilters(pairs, request.Filters, { 'key-name': (pair) => pair.KeyName }) };
}
