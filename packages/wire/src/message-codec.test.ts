/** Control messages: each is accepted as it is made, and everything else is refused with the path of the fault. */
import type { PtpStatus } from '@ptp-tester/measurement';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AgentMessage,
  type ControllerMessage,
  encodeMessage,
  LIMITS,
  negotiateProtocol,
  PROTOCOL,
  parseAgentMessage,
  parseControllerMessage,
  WireError,
} from './index.ts';

const protocol = PROTOCOL;
const run = '20261120-231757-k3f9';
const epoch = '0123456789abcdef';
const secret = 'ab'.repeat(32);
const facts = {
  instance_id: 'i-0123456789abcdef0',
  instance_type: 'c7i.large',
  availability_zone: 'eu-north-1a',
  region: 'eu-north-1',
  architecture: 'x86_64',
  image_id: null,
  private_ip: '10.0.0.1',
};
const ptpStatus: PtpStatus = {
  supported: false,
  ena_driver_version: '2.17.0g',
  ena_driver_compatible: true,
  hardware_clock_present: false,
  ptp_ena_symlink_present: false,
  chrony_using_phc: false,
  chrony_synchronized: true,
  clock_device: null,
  clock_name: null,
  time_offset_ns: null,
  error_message: null,
  simulated: false,
  diagnostic_output: { 'chronyc tracking': 'Reference ID : A9FEA97B' },
};
const agentMessages: AgentMessage[] = [
  { type: 'enrol', protocol, agent_version: '0.1.0', run, index: 1, attempt: 1, token: 't', secret, facts },
  {
    type: 'hello',
    protocol,
    agent_version: '0.1.0',
    run,
    instance_id: facts.instance_id,
    secret,
    generation: 0,
    epochs: [{ epoch, first: 1, next: 1 }],
  },
  {
    type: 'status',
    generation: 1,
    phase: 'measuring',
    epoch,
    capability: { value: 'not_tested', reason: 'no PHC was looked for' },
    setup: { value: 'not_attempted', reason: 'this version only inspects' },
    ptp_status: ptpStatus,
    spool_records: 3,
  },
  { type: 'goodbye', reason: 'finished' },
];
const controllerMessages: ControllerMessage[] = [
  { type: 'enrolled', protocol: 1, run, instance_id: facts.instance_id, stored: [{ epoch, through: 0 }] },
  {
    type: 'plan',
    plan: {
      generation: 1,
      phase: 'measure',
      sources: { raw: { interval_ms: 1000 } },
      batch: { max_samples: 60, max_age_ms: 5000 },
      spool_max_bytes: 268_435_456,
    },
  },
  { type: 'lease', orphan_s: 3600, ends_in_s: 7200 },
  { type: 'ack', epoch, through: 12 },
  { type: 'nack', epoch, sequence: 3, code: 'undecodable', reason: 'checksum' },
  { type: 'refuse', code: 'token_used', reason: 'token was used with another secret', retry: false },
];

describe('a control message', () => {
  it.each(agentMessages)('of the agent comes back as it was: $type', (message) => {
    expect(parseAgentMessage(encodeMessage(message))).toEqual(message);
    expect(() => parseControllerMessage(encodeMessage(message))).toThrow(WireError);
  });

  it.each(controllerMessages)('of the controller comes back as it was: $type', (message) => {
    expect(parseControllerMessage(encodeMessage(message))).toEqual(message);
    expect(() => parseAgentMessage(encodeMessage(message))).toThrow(WireError);
  });

  it.each([
    ['a missing field', '{"type":"ack","epoch":"0123456789abcdef"}', /ack: .*through/],
    ['a wrong value', '{"type":"ack","epoch":"XYZ","through":1}', /ack: \/epoch/],
    ['another field', '{"type":"ack","epoch":"0123456789abcdef","through":1,"run":"rm -rf"}', /ack: /],
    ['an unknown type', '{"type":"exec","command":"id"}', /\/type "exec"/],
    ['a type from the prototype', '{"type":"constructor"}', /\/type "constructor"/],
    ['no type', '{}', /\/type null/],
    ['an array', '[]', /\/type null/],
    ['null', 'null', /\/type null/],
    ['no JSON', '{"type":', /not JSON/],
  ])('is refused with the path of the fault: %s', (_, text, message) => {
    expect(() => parseControllerMessage(text)).toThrow(expect.objectContaining({ code: 'message_invalid' }));
    expect(() => parseControllerMessage(text)).toThrow(message);
  });

  it('is refused when it is larger than the limit, counted in UTF-8', () => {
    const fits = ' '.repeat(LIMITS.messageBytes);
    expect(() => parseAgentMessage(fits)).toThrow(expect.objectContaining({ code: 'message_invalid' }));
    for (const text of [`${fits} `, 'é'.repeat(LIMITS.messageBytes / 2 + 1)]) {
      expect(() => parseAgentMessage(text)).toThrow(expect.objectContaining({ code: 'too_large' }));
    }
  });

  it('is not sent when it is larger than the limit', () => {
    const message: AgentMessage = { type: 'goodbye', reason: 'x'.repeat(LIMITS.messageBytes) };
    expect(() => encodeMessage(message)).toThrow(expect.objectContaining({ code: 'cannot_encode' }));
  });

  it('throws nothing but a WireError for random JSON, also under a known type', () => {
    const types = [...agentMessages, ...controllerMessages].map((message) => message.type);
    fc.assert(
      fc.property(fc.jsonValue(), fc.option(fc.constantFrom(...types)), (value, type) => {
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        const text = JSON.stringify(isObject && type !== null ? { ...value, type } : value);
        for (const parse of [parseAgentMessage, parseControllerMessage]) expect(() => parse(text)).toThrow(WireError);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('negotiateProtocol', () => {
  it.each([
    [{ min: 1, max: 1 }, 1],
    [{ min: 1, max: 9 }, PROTOCOL.max],
    [{ min: PROTOCOL.max + 1, max: 9 }, null],
    [{ min: 5, max: 4 }, null],
    [{ min: -3, max: 0 }, null],
  ])('of %o gives %o', (theirs, version) => {
    expect(negotiateProtocol(theirs)).toBe(version);
  });
});
