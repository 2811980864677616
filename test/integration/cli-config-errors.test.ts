/** What `run` says of a wrong command line or configuration file: everything at once, with its place, before anything is asked of AWS. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CliSite } from '../spine/cli-site.ts';
import type { OnTestFinished } from '../spine/spine-harness.ts';

async function said(file: string | null, flags: readonly string[], onTestFinished: OnTestFinished): Promise<string> {
  const site = new CliSite(onTestFinished, { AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:1' });
  const path = site.path('run.yaml');
  if (file !== null) writeFileSync(path, file);
  const config = file === null ? [] : ['--config', path];
  const run = await site.run('run', '--dry-run', ...config, ...flags);
  expect(run.end?.code, run.describe()).toBe(2);
  return run.stderr.replaceAll(path, 'run.yaml');
}

it.concurrent('a command line without anything says all that is missing', async ({ onTestFinished }) => {
  const text = await said(null, ['--duration', 'x', '--max-lifetime', 'y', '--listen', 'z'], onTestFinished);
  for (const field of ['--instance-types: is required', '--subnet-id: is required', '--duration: ', '--listen: ']) {
    expect(text).toContain(field);
  }
  expect(text).toContain('--max-lifetime: "y" is not a length of time');
});

it.concurrent('a file with faults has each of them named, and what is missing besides', async ({ onTestFinished }) => {
  const file = 'instance_type: c7i.large\nsubnet_id: nonsense\nsoak:\n  readings: 99\n  duration: 14 days\n';
  const text = await said(file, [], onTestFinished);
  expect(text).toContain('run.yaml, line 1, column 1: instance_type: is not a known key; did you mean instance_types?');
  expect(text).toContain(
    'run.yaml, line 2, column 1: subnet_id: must look like subnet-0123456789abcdef0, not "nonsense"',
  );
  expect(text).toContain('run.yaml, line 4, column 3: soak.readings: must be <= 25, not 99');
  expect(text).toContain('run.yaml, line 5, column 3: soak.duration: "14 days" is not a length of time');
  expect(text).toContain('--instance-types: is required');
  expect(text).not.toContain('--subnet-id: is required');
});

it.concurrent('of a file that is no YAML nothing is called missing', async ({ onTestFinished }) => {
  const text = await said('instance_types: [\n', ['--max-instances', '0'], onTestFinished);
  expect(text).toMatch(/run\.yaml, line 2, column 1: /);
  expect(text).not.toContain('is required');
  expect(text).toContain('--max-instances: must be a whole number');
});
