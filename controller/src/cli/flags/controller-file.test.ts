import { expect, it } from 'vitest';
import { chooseControllerFlags } from './controller-file.ts';

const DEFAULTS = { data: 'ptp-tester-data', listen: '127.0.0.1:7700', agentListen: '127.0.0.1:7600' };

it('the command line wins over the file, the file over the default, and each says where it came from', () => {
  const file = { controller: { data: '/srv/ptp', agent_listen: '0.0.0.0:7600', public_url: 'https://c:7600' } };
  const flags = { ...DEFAULTS, data: '/tmp/here', given: new Set(['data']) };
  const { flags: chosen, effective } = chooseControllerFlags(flags, file);
  expect(chosen).toMatchObject({ data: '/tmp/here', agentListen: '0.0.0.0:7600', publicUrl: 'https://c:7600' });
  expect(effective.map(({ name, from }) => [name, from])).toEqual([
    ['data', 'command line'],
    ['listen', 'default'],
    ['agent_listen', 'configuration file'],
    ['public_url', 'configuration file'],
  ]);
});

it('a flag that repeats the default still wins over the file', () => {
  const flags = { ...DEFAULTS, given: new Set(['listen']) };
  expect(chooseControllerFlags(flags, { controller: { listen: '0.0.0.0:80' } }).flags.listen).toBe('127.0.0.1:7700');
});
