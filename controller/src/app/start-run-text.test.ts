/** What a run is refused for that is started through the API: the same consent as on the command line, before anything is launched. */
import { expect, it } from 'vitest';
import { ConfigError } from '../config/config-error.ts';
import type { RunSpec } from '../runs/run.ts';
import { checkRunText, startRunText } from './start-run-text.ts';

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

/** Without their place. */
async function namesOf(change: object): Promise<readonly string[]> {
  return (await problemsOf(change)).map((field) => field.replace(/^.*: /, ''));
}

it.each([
  [{ instance_types: [{ type: 'm7i.metal-24xl' }] }, '--allow-metal'],
  [{ instance_types: [{ type: 'c7i.large', quantity: 11 }], cleanup: { max_instances: 10 } }, 'cleanup.max_instances'],
  [{ soak: { duration: '11h' }, cleanup: { max_instance_hours: 10 } }, 'cleanup.max_instance_hours'],
  [{ soak: { duration: '14 days' } }, 'soak.duration'],
  [{ profile: 'other' }, 'profile'],
  [{ criteria: { mask_files: ['mask.yaml'] } }, 'criteria.mask_files'],
])('refuses %j', async (change, field) => {
  expect(await namesOf(change)).toEqual([field]);
});

it('says everything that is wrong at once, and what is missing only where nothing of it is there', async () => {
  expect(await namesOf({ profile: 'other', subnet_id: 7, soak: { readings: 40 } })).toEqual([
    'subnet_id',
    'soak.readings',
    'profile',
  ]);
  const many = [{ type: 'c7i.large', quantity: 11 }];
  expect(await namesOf({ profile: 'other', instance_types: many, cleanup: { max_instances: 10 } })).toEqual([
    'profile',
    'cleanup.max_instances',
  ]);
});

it('says what it would start, and what EC2 warns of, without starting it', async () => {
  const checked: unknown[] = [];
  const parts = {
    aws: {},
    publicUrl: 'https://controller',
    checkRun: (spec: RunSpec) => {
      checked.push(spec.publicUrl);
      return Promise.resolve({ warnings: ['no precision-time group'] });
    },
  };
  const text = JSON.stringify({ ...CONFIG, soak: { duration: '2h' }, cleanup: { keep: 'all' } });
  const { instance_hours: hours, ...plan } = await checkRunText({ text, format: 'json' }, parts);
  expect(plan).toEqual({
    region: 'us-east-1',
    instance_types: [{ type: 'c7i.large', quantity: 1 }],
    soak_seconds: 7200,
    keep: 'all',
    warnings: ['no precision-time group'],
  });
  expect(hours.soak).toBe(2);
  expect(hours.at_most).toBeGreaterThan(2);
  expect(checked).toEqual(['https://controller']);
});

it('refuses instances that could never report, before EC2 is asked anything', async () => {
  const parts = {
    aws: {},
    publicUrl: 'http://127.0.0.1:7600',
    startRun: () => Promise.reject(new Error('was launched')),
  };
  const text = { text: JSON.stringify(CONFIG), format: 'json', requestId: undefined } as const;
  await expect(startRunText(text, parts)).rejects.toThrow(/--public-url.*instances in a VPC cannot reach 127\.0\.0\.1/);
  const aws = { ec2Endpoint: 'http://127.0.0.1:4566' };
  await expect(startRunText(text, { ...parts, aws })).rejects.toThrow('was launched');
});

it('launches what it does not refuse', async () => {
  await expect(problemsOf({})).rejects.toThrow('was launched');
});
