import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../api-error.ts';
import { isBase64, parseQuery } from './parse-query.ts';
import { loadEc2Model } from './service-model.ts';

const model = loadEc2Model();

function parse(action: string, query: string): Record<string, unknown> {
  const operation = model.operation(action);
  if (operation === undefined) throw new Error(`no operation ${action}`);
  return parseQuery(operation.input, new URLSearchParams(query));
}

function codeOf(action: string, query: string): string {
  try {
    parse(action, query);
  } catch (error) {
    if (error instanceof ApiError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('a request is read by the service model', () => {
  test('lists are numbered, structures have dots, names are those of the query protocol', () => {
    const query =
      'Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=2&ImageId=ami-1&SecurityGroupId.1=sg-1&SecurityGroupId.2=sg-2' +
      '&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v%20w' +
      '&InstanceInitiatedShutdownBehavior=terminate&DryRun=true&MetadataOptions.HttpTokens=required';
    expect(parse('RunInstances', query)).toEqual({
      MinCount: 1,
      MaxCount: 2,
      ImageId: 'ami-1',
      SecurityGroupIds: ['sg-1', 'sg-2'],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'k', Value: 'v w' }] }],
      InstanceInitiatedShutdownBehavior: 'terminate',
      DryRun: true,
      MetadataOptions: { HttpTokens: 'required' },
    });
  });

  test('list items come in the order of their numbers, not of the text', () => {
    const ids = Array.from({ length: 11 }, (_, index) => `InstanceId.${11 - index}=i-${11 - index}`).join('&');
    expect(parse('DescribeInstances', ids)['InstanceIds']).toEqual(
      Array.from({ length: 11 }, (_, index) => `i-${index + 1}`),
    );
  });

  test.each([
    ['RunInstances', 'MinCount=1&MaxCount=1&Colour=red', 'UnknownParameter: The parameter Colour is not recognized'],
    [
      'RunInstances',
      'MinCount=1&MaxCount=1&Placement.X.Y=1',
      'UnknownParameter: The parameter Placement.X.Y is not recognized',
    ],
    [
      'RunInstances',
      'MinCount=1&MaxCount=1&ImageId.1=a',
      'UnknownParameter: The parameter ImageId.1 is not recognized',
    ],
    ['RunInstances', 'MinCount=1', 'MissingParameter: The request must contain the parameter MaxCount'],
    [
      'RunInstances',
      'MinCount=one&MaxCount=1',
      'InvalidParameterValue: Value (one) for parameter MinCount is invalid. Expected a number.',
    ],
    [
      'RunInstances',
      'MinCount=1&MaxCount=1&DryRun=maybe',
      'InvalidParameterValue: Value (maybe) for parameter DryRun is invalid. Expected true or false.',
    ],
    ['TerminateInstances', '', 'MissingParameter: The request must contain the parameter InstanceId'],
    ['TerminateInstances', 'InstanceId.0=i-1', 'UnknownParameter: The parameter InstanceId.0 is not recognized'],
    [
      'TerminateInstances',
      'InstanceId.1=i-1&InstanceId.1=i-2',
      'MalformedQueryString: The parameter InstanceId.1 is given twice.',
    ],
    [
      'ModifyInstanceAttribute',
      'InstanceId=i-1&UserData.Value=%21',
      'InvalidParameterValue: Value (!) for parameter UserData.Value is invalid. Expected Base64.',
    ],
  ])('%s with "%s" is answered with %s', (action, query, expected) => {
    expect(codeOf(action, query)).toBe(expected);
  });

  test('no query makes it fail with anything but an ApiError', () => {
    const name = fc.array(
      fc.constantFrom(
        'InstanceId',
        'Filter',
        'Name',
        'Value',
        'Tag',
        '1',
        '2',
        '0',
        '-1',
        '',
        '__proto__',
        'constructor',
      ),
      {
        maxLength: 20,
      },
    );
    const parameter = fc.tuple(name, fc.string()).map(([parts, value]) => [parts.join('.'), value] as [string, string]);
    fc.assert(
      fc.property(fc.array(parameter), (parameters) => {
        codeOf('DescribeInstances', new URLSearchParams(parameters).toString());
      }),
      { numRuns: 300 },
    );
  });
});

test('Base64 needs its padding', () => {
  expect(['', 'YQ==', 'YWI=', 'YW\nJj', 'YQ', 'Y===', 'a b!', '===='].map(isBase64)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
