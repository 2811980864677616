import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../bench/make-certificate.ts';
import {
  EPOCH,
  HandAgent,
  IngestSite,
  instanceIdOf,
  RUN_ID,
  recordsAt,
  secretOf,
  statusMessage,
} from './ingest-support.ts';

let site: IngestSite;

beforeEach(async () => {
  site = new IngestSite({ instances: 2 });
  await site.start();
});

afterEach(() => site.close());

describe('enrolment', () => {
  it('admits the token with the agent’s own secret and writes down who it is', async () => {
    const agent = await HandAgent.connect(site);
    agent.enrol();
    expect(await agent.next('enrolled')).toMatchObject({ protocol: 1, instance_id: instanceIdOf(1), stored: [] });
    expect(site.repository.instance(RUN_ID, 1)).toMatchObject({ state: 'enrolled', agentVersion: '0.1.0' });
    expect(site.repository.enrolment(RUN_ID, 1, 1)?.secretSha256).toBe(
      createHash('sha256').update(secretOf(1)).digest('hex'),
    );
  });

  it('takes the same token and secret again as the same enrolment, as after a lost answer', async () => {
    const lost = await HandAgent.connect(site);
    lost.enrol();
    await lost.close();
    const before = site.repository.enrolment(RUN_ID, 1, 1);
    const again = await HandAgent.connect(site);
    again.enrol();
    await again.next('enrolled');
    expect(before).not.toBeNull();
    expect(site.repository.enrolment(RUN_ID, 1, 1)).toEqual(before);
    expect(site.events('security_refused')).toEqual([]);
  });

  it('refuses another secret for a used token and raises a security event', async () => {
    const first = await HandAgent.streaming(site);
    const thief = await HandAgent.connect(site);
    thief.enrol({ secret: secretOf(99) });
    expect(await thief.next('refuse')).toMatchObject({ code: 'token_used', retry: false });
    expect((await thief.closed).code).toBe(1008);
    expect(site.events('security_refused')).toHaveLength(1);
    first.sendRecords(...recordsAt(1, 2));
    await first.ackedThrough(2);
  });

  it.each([
    ['a wrong token', { token: 'guess' }, 'token_invalid', 1],
    ['a token presented by another instance', { facts: { instance_id: instanceIdOf(7) } }, 'token_used', 1],
    ['a replaced attempt', { attempt: 2 }, 'token_invalid', 0],
    ['an index that the run does not have', { index: 3 }, 'run_unknown', 0],
    ['a run that does not exist', { run: '20250101-000000-zzzz' }, 'run_unknown', 0],
    ['a protocol that this controller does not speak', { protocol: { min: 7, max: 9 } }, 'protocol_unsupported', 0],
  ] as const)('refuses %s', async (...[, change, code, securityEvents]) => {
    const agent = await HandAgent.connect(site);
    const facts = { instance_type: 'c7i.large', availability_zone: 'a', region: 'us-east-1', architecture: 'x86_64' };
    const whole = { instance_id: instanceIdOf(1), image_id: null, private_ip: null, ...facts };
    agent.enrol({ ...change, facts: { ...whole, ...('facts' in change ? change.facts : {}) } });
    expect(await agent.next('refuse')).toMatchObject({ code });
    await agent.closed;
    expect(site.events('security_refused')).toHaveLength(securityEvents);
    expect(site.repository.enrolment(RUN_ID, 1, 1)).toBeNull();
  });

  it('refuses everybody once the run has ended, and tells those who are connected', async () => {
    const connected = await HandAgent.streaming(site);
    site.repository.updateRun(RUN_ID, { state: 'ended', endedAt: Date.now(), outcome: 'completed' });
    expect(await connected.next('refuse')).toMatchObject({ code: 'run_ended', retry: false });
    await connected.closed;
    const late = await HandAgent.connect(site, 2);
    late.enrol();
    expect(await late.next('refuse')).toMatchObject({ code: 'run_ended' });
  });
});

describe('hello', () => {
  it('needs the enrolled secret', async () => {
    const agent = await HandAgent.streaming(site);
    await agent.close();
    const thief = await HandAgent.connect(site);
    thief.hello([], { secret: secretOf(99) });
    expect(await thief.next('refuse')).toMatchObject({ code: 'not_enrolled', retry: false });
    expect(site.events('security_refused')).toHaveLength(1);
  });

  it('is answered by what is stored, then lease, then plan', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 4));
    await agent.ackedThrough(4);
    await agent.close();
    const again = await HandAgent.connect(site);
    again.hello([
      { epoch: EPOCH, first: 2, next: 9 },
      { epoch: 'ffffffffffffffff', first: 1, next: 1 },
    ]);
    expect((await again.next('enrolled')).stored).toEqual([
      { epoch: EPOCH, through: 4 },
      { epoch: 'ffffffffffffffff', through: 0 },
    ]);
    const plan = await again.next('plan');
    expect(plan.plan).toMatchObject({ generation: 1, phase: 'measure', sources: { raw: { interval_ms: 1000 } } });
    expect(again.received.map(({ type }) => type)).toEqual(['enrolled', 'lease', 'plan']);
  });

  it('makes the newer of two connections of an instance the one that counts', async () => {
    const older = await HandAgent.streaming(site);
    const newer = await HandAgent.connect(site);
    newer.hello([{ epoch: EPOCH, first: 1, next: 3 }]);
    await newer.next('plan');
    expect((await older.closed).reason).toContain('replaced');
    newer.sendRecords(...recordsAt(1, 2));
    await newer.ackedThrough(2);
    expect(site.liveAgents.get(instanceIdOf(1))).toMatchObject({ connected: true, recordsStored: 2, samplesStored: 5 });
  });
});

describe('a session', () => {
  it.each([
    ['a frame before hello', (agent: HandAgent) => agent.sendRecords(...recordsAt(1, 1))],
    ['a status before hello', (agent: HandAgent) => agent.send(statusMessage())],
    ['text that is not a message', (agent: HandAgent) => agent.sendText('{"type":"reboot"}')],
    ['text that is not JSON', (agent: HandAgent) => agent.sendText('hello')],
  ])('refuses %s', async (_what, act) => {
    const agent = await HandAgent.connect(site);
    act(agent);
    expect(await agent.next('refuse')).toMatchObject({ code: 'message_invalid', retry: false });
    expect((await agent.closed).code).toBe(1008);
  });

  it('refuses a second hello', async () => {
    const agent = await HandAgent.streaming(site);
    agent.hello();
    expect(await agent.next('refuse')).toMatchObject({ code: 'message_invalid', reason: 'hello while streaming' });
  });

  it('pushes lease and plan when the run begins to finish', async () => {
    const agent = await HandAgent.streaming(site);
    await agent.next('plan');
    site.repository.updateRun(RUN_ID, { state: 'finishing' });
    const plan = await agent.next('plan', ({ plan }) => plan.phase === 'finish');
    expect(plan.plan.generation).toBe(2);
  });

  it('follows the instance from enrolled over measuring to finished, and keeps what it found', async () => {
    const agent = await HandAgent.streaming(site);
    const state = () => site.repository.instance(RUN_ID, 1)?.state;
    expect(state()).toBe('enrolled');
    agent.sendRecords(...recordsAt(1, 1));
    await agent.ackedThrough(1);
    expect(state()).toBe('enrolled');
    agent.sendRecords(...recordsAt(2, 3));
    await agent.ackedThrough(3);
    expect(state()).toBe('measuring');
    agent.send(statusMessage({ phase: 'finished' }));
    agent.send({ type: 'goodbye', reason: 'done' });
    expect((await agent.closed).code).toBe(1000);
    const instance = site.repository.instance(RUN_ID, 1);
    expect(instance?.state).toBe('finished');
    expect(instance?.verdict).toMatchObject({
      capability: { value: 'unsupported' },
      setup: { value: 'not_attempted' },
    });
    expect(site.liveAgents.get(instanceIdOf(1))).toMatchObject({ connected: false, samplesStored: 10 });
  });
});

describe('the agent file', () => {
  it('is served by its hash, whole, to many at once', async () => {
    const bytes = randomBytes(300_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = join(site.directory, 'agent');
    writeFileSync(path, bytes);
    site.files.set(sha256, { path, bytes: bytes.length });
    const url = `http://127.0.0.1:${site.port}/v1/agent-file/${sha256}`;
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(url)));
    for (const answer of answers) {
      expect(answer.headers.get('content-length')).toBe('300000');
      expect(
        createHash('sha256')
          .update(Buffer.from(await answer.arrayBuffer()))
          .digest('hex'),
      ).toBe(sha256);
    }
  });

  it.each(['0'.repeat(64), 'agent', '..%2f..%2fetc%2fpasswd'])('is 404 for %s', async (name) => {
    const answer = await fetch(`http://127.0.0.1:${site.port}/v1/agent-file/${name}`);
    expect(answer.status).toBe(404);
  });
});

describe('the listener', () => {
  it('says that its port is in use, and leaves nothing running', async () => {
    const second = new IngestSite();
    second.port = site.port;
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
  });

  it('speaks TLS when it has a key and a certificate', async () => {
    const tls = await makeCertificate();
    const secure = new IngestSite({ tls });
    await secure.start();
    const agent = await HandAgent.connect({ url: secure.url.replace('ws:', 'wss:'), ca: tls.cert });
    agent.enrol();
    expect(await agent.next('enrolled')).toMatchObject({ instance_id: instanceIdOf(1) });
    await agent.close();
    await secure.close();
  });
});
