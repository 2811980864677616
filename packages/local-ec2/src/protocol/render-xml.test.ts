import { describe, expect, test } from 'vitest';
import { escapeXml, renderAnswer, renderError } from './render-xml.ts';
import { loadEc2Model, type Operation } from './service-model.ts';

function operation(name: string): Operation {
  const found = loadEc2Model().operation(name);
  if (found === undefined) throw new Error(`no operation ${name}`);
  return found;
}

describe('an answer is written by the service model', () => {
  test('elements have the names and the order of the model, lists have items', () => {
    const xml = renderAnswer(
      operation('DescribeTags'),
      { NextToken: 'n', Tags: [{ Value: 'a<b&"c"', Key: 'k', ResourceId: 'i-1', ResourceType: 'instance' }] },
      'request-1',
    );
    expect(xml).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<DescribeTagsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>request-1</requestId>' +
        '<nextToken>n</nextToken><tagSet><item><key>k</key><resourceId>i-1</resourceId><resourceType>instance</resourceType>' +
        '<value>a&lt;b&amp;&quot;c&quot;</value></item></tagSet></DescribeTagsResponse>',
    );
  });

  test('a member that AWS does not have is a mistake and is not sent', () => {
    expect(() => renderAnswer(operation('DescribeTags'), { Colour: 'red' }, 'r')).toThrow(
      "DescribeTags.Colour is not in AWS's model of DescribeTagsResult",
    );
  });

  test('a value of the wrong type is a mistake and is not sent', () => {
    expect(() => renderAnswer(operation('DescribeTags'), { NextToken: 5 }, 'r')).toThrow(
      'DescribeTags.NextToken must be a string, is a number',
    );
  });

  test('instants are ISO 8601', () => {
    const xml = renderAnswer(operation('GetConsoleOutput'), { Timestamp: new Date(0) }, 'r');
    expect(xml).toContain('<timestamp>1970-01-01T00:00:00.000Z</timestamp>');
  });
});

test('the error document is the one that the SDK reads', () => {
  expect(renderError('A', '<&>', 'r')).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>A</Code><Message>&lt;&amp;&gt;</Message></Error></Errors><RequestID>r</RequestID></Response>',
  );
});

test('characters that XML cannot carry are replaced', () => {
  expect(escapeXml('a\u0000b\u001bc\ud800d\te\nf')).toBe('a\ufffdb\ufffdc\ufffdd\te\nf');
});
