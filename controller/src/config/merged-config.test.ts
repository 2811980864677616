/** Flags and file as one file mean the same as both together. */
import { expect, it } from 'vitest';
import { readConfigText } from './config-file.ts';
import type { ConfigFile } from './config-schema.ts';
import { mergedConfig } from './merged-config.ts';
import type { RunFlags } from './run-flags.ts';
import { mergeRunOptions } from './run-options.ts';

const FILE: ConfigFile = {
  instance_types: [{ type: 'm7i.large' }],
  subnet_id: 'subnet-0123456789abcdef0',
  soak: { duration: '2h', readings: 5 },
  cleanup: { keep: 'all', max_instances: 9 },
  controller: { data: '/elsewhere', agent_url: 'https://files.internal/{arch}' },
  tags: { team: 'clocks' },
};
const FLAGS: RunFlags = {
  instanceTypes: 'c7i.large:2,m7g.large',
  subnetId: ['subnet-0123456789abcdef1,subnet-0123456789abcdef2'],
  region: 'eu-west-1',
  duration: '3d',
  interval: '500',
  enablePhc: 'never',
  keep: 'none',
  maxLifetime: '5d',
  extendRoom: '2d',
  maxInstances: '20',
  maxInstanceHours: '1000',
  canary: true,
  ssmDiagnostics: true,
  kernel: '6.12',
  tag: ['a=b=c'],
};

const surroundings = { isTerminal: false };

it.each([
  ['all flags over a file', FLAGS, FILE],
  ['flags alone', FLAGS, {}],
  ['a file alone', {}, FILE],
  ['a simulated PHC', { ...FLAGS, simulatePhc: true }, FILE],
])('comes to the same run: %s', (_name, flags, file) => {
  const merged = mergedConfig(flags, file);
  const { file: read, problems } = readConfigText('merged.json', JSON.stringify(merged));
  expect(problems).toEqual([]);
  expect(mergeRunOptions({}, read, surroundings).request).toEqual(mergeRunOptions(flags, file, surroundings).request);
});

it('leaves out what is about the controller and not about the run', () => {
  expect(mergedConfig({ privateKeyPath: 'key.pem' }, FILE)).not.toHaveProperty('private_key_path');
  expect(mergedConfig({}, FILE).controller).toEqual({ agent_url: 'https://files.internal/{arch}' });
});
