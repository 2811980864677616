import { describe, expect, test } from 'vitest';
import { AgentError } from './agent-error.ts';
import { parseAgentConfig } from './config.ts';

const GOOD = {
  controller_url: 'http://127.0.0.1:7600',
  run: '20261120-231757-k3f9',
  index: 1,
  attempt: 1,
  token: 'secret-token',
  state_dir: '/var/lib/ptp-tester',
};

function messageFor(value: unknown): string {
  try {
    parseAgentConfig(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof AgentError && error.code === 'config_invalid') return error.message;
    throw error;
  }
  return 'no fault';
}

test('a good file is read', () => {
  expect(parseAgentConfig(JSON.stringify(GOOD))).toEqual({
    controllerUrl: 'http://127.0.0.1:7600',
    run: '20261120-231757-k3f9',
    index: 1,
    attempt: 1,
    token: 'secret-token',
    stateDir: '/var/lib/ptp-tester',
    caPem: null,
  });
});

describe('faults', () => {
  test('are all named at once, each with what to write', () => {
    const message = messageFor({ ...GOOD, index: 0, run: 'today', controller_url: undefined, colour: 'red' });
    expect(message).toContain('- controller_url is missing: give the address');
    expect(message).toContain('- run is not valid: give the run as YYYYMMDD-HHMMSS-xxxx');
    expect(message).toContain('- index is not valid');
    expect(message).toContain('- colour is not known: remove it');
    expect(message).not.toContain('attempt');
  });

  test.each([
    ['text that is not JSON', '{"run":', 'not JSON'],
    ['something else than an object', '[]', 'one JSON object'],
    ['a relative state folder', { ...GOOD, state_dir: 'here' }, 'state_dir is not valid'],
    ['another protocol', { ...GOOD, controller_url: 'ftp://x' }, 'controller_url is not valid'],
    ['a certificate that is none', { ...GOOD, ca_pem: 'x' }, 'ca_pem is not valid'],
  ])('%s is refused', (_, value, expected) => {
    expect(messageFor(value)).toContain(expected);
  });

  test('the token is never shown', () => {
    expect(messageFor({ ...GOOD, token: 'x'.repeat(200) })).not.toContain('xxx');
  });
});
