/** What a run is refused for that is started through the API: the same consent as on the command line, before anything is launched. */
import { expect, it } from 'vitest';
import { ConfigError } from '../config/config-error.ts';
import { startRunText } from './start-run-text.ts';

const CONFIG = { instance_types: [{ type: 'c7i.large' }], subnet_id: 'subnet-0123456789abcdef0', region: 'us-east-1' };

async function problemsOf(change: object): Promise<readonly string[]> {
  const parts = { aws: {}, publicUrl: 'https://controller', startRun: () => Promise.reject(new Error('was launched')) };
  try {
    await startRunText({ text: JSON.stringify({ ...CONFIG, ...change }), format: 'json', requestId: undefined }, parts);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ field }) => field);
  }
}

it.each([
  [{ instance_types: [{ type: 'm7i.metal-24xl' }] }, '--allow-metal'],
  [{ instance_types: [{ type: 'c7i.large', quantity: 11 }], cleanup: { max_instances: 10 } }, '--max-instances'],
  [{ soak: { duration: '11h' }, cleanup: { max_instance_hours: 10 } }, '--max-instance-hours'],
  [{ profile: 'other' }, 'profile'],
  [{ criteria: { mask_files: ['mask.yaml'] } }, 'criteria.mask_files'],
])('refuses %j', async (change, field) => {
  expect(await problemsOf(change)).toEqual([field]);
});

it('launches what it does not refuse', async () => {
  await expect(problemsOf({})).rejects.toThrow('was launched');
});
