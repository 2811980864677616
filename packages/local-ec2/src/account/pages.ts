// Pages of a Describe action: MaxResults and NextToken.
import { ApiError } from '../api-error.ts';

/**
 * One page of the items.
 * @throws ApiError InvalidParameterValue for MaxResults outside the limits, InvalidNextToken for a token that is not ours
 */
export function page<Item>(
  items: readonly Item[],
  request: { MaxResults?: number | undefined; NextToken?: string | undefined },
  limits: { smallest: number; largest: number },
): { items: Item[]; NextToken?: string } {
  const { MaxResults: size, NextToken: token } = request;
  if (size !== undefined && (!Number.isInteger(size) || size < limits.smallest || size > limits.largest)) {
    const range = `a value between ${limits.smallest} and ${limits.largest}`;
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${size}) for parameter maxResults is invalid. Expecting ${range}.`,
    );
  }
  const start = token === undefined ? 0 : readToken(token);
  const end = start + (size ?? limits.largest);
  const rest = end < items.length ? { NextToken: writeToken(end) } : {};
  return { items: items.slice(start, end), ...rest };
}

function writeToken(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64');
}

function readToken(token: string): number {
  const match = /^offset:(\d{1,9})$/.exec(Buffer.from(token, 'base64').toString());
  if (match === null) throw new ApiError('InvalidNextToken', 'The specified NextToken is not valid.');
  return Number(match[1]);
}
