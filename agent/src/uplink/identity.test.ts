import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AgentIdentity } from './identity.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-identity-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const PLACE = { run: '20261120-231757-k3f9', index: 2, attempt: 1 };
const FACTS = {
  instance_id: 'i-0123456789abcdef0',
  instance_type: 'm7i.large',
  availability_zone: 'a',
  region: 'r',
  architecture: 'x86_64',
  image_id: null,
  private_ip: null,
};

function open(place = PLACE, secretDigit = '1') {
  return AgentIdentity.open(place, {
    path: join(folder, 'identity.json'),
    makeSecret: () => secretDigit.repeat(64),
    readFacts: () => Promise.resolve(FACTS),
  });
}

test('the secret is on the disk, for the agent only, before anybody can be told, and stays the same', async () => {
  const identity = await open();
  expect(statSync(join(folder, 'identity.json')).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8')).secret).toBe(identity.secret);
  const again = await open(PLACE, '2');
  expect(again.enrolment).toEqual({ ...PLACE, secret: '1'.repeat(64), facts: FACTS });
});

test('a confirmed enrolment is remembered', async () => {
  const identity = await open();
  expect(identity.isEnrolled).toBe(false);
  await identity.confirmEnrolment();
  expect((await open()).isEnrolled).toBe(true);
});

test('the state of another run is refused with what to do', async () => {
  await open();
  await expect(open({ ...PLACE, attempt: 2 })).rejects.toMatchObject({
    code: 'state_of_other_run',
    message: expect.stringContaining('configure an empty state_dir'),
  });
});
