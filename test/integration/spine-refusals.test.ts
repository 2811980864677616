/** What strangers and broken agents send to a real controller: each is refused with a reason, and the other agents go on undisturbed. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { encodeFrame, type Hello, LIMITS } from '@ptp-tester/wire';
import { expect, it } from 'vitest';
import { type Spine, startSpine } from '../spine/spine-harness.ts';
import { damagedAt, HandAgent } from './ingest-support.ts';

const UNIT = 'ptp-tester-agent.service';
const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;

it('refuses wrong tokens, garbage, oversized frames and wrong checksums, and disturbs nobody else', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const run = spine.run({ instanceTypes: 'c7i.large:2', duration: '14s' });
  const {
    instances,
    run: { id },
  } = await spine.untilMeasuring();
  const [victim = '', other = ''] = instances.map(({ instanceId }) => instanceId ?? '');
  await spine.systemctl(victim, 'stop', UNIT);
  const connections = spine.proxy.connections();

  expect(await refusedEnrolment(spine, id)).toMatchObject({ code: 'token_invalid', retry: false });
  expect(await refusalOf(spine, victim, (agent) => agent.sendText('{"type":"status"'))).toMatchObject({
    refuse: { code: 'message_invalid' },
    closed: { code: POLICY_VIOLATION },
  });
  expect(await refusalOf(spine, victim, (agent) => agent.sendBytes(randomBytes(3000)))).toMatchObject({
    refuse: { code: 'broken_frame' },
    closed: { code: POLICY_VIOLATION },
  });
  const damaged = encodeFrame([damagedAt(1, '00112233445566ff')]);
  expect(await refusalOf(spine, victim, (agent) => agent.sendBytes(damaged))).toMatchObject({
    refuse: { code: 'broken_frame', reason: expect.stringContaining('checksum_wrong') },
    closed: { code: POLICY_VIOLATION },
  });
  const oversized = new Uint8Array(LIMITS.frameBytes + 1);
  expect(await refusalOf(spine, victim, (agent) => agent.sendBytes(oversized))).toMatchObject({
    refuse: null,
    closed: { code: TOO_BIG },
  });
  expect(await answerToNoise(spine.agentPort)).toMatch(/^HTTP\/1\.1 400 /);

  await spine.systemctl(victim, 'start', UNIT);
  const ended = await spine.untilCompleted();
  await run.ended;
  await spine.expectClean(id);
  // Only the agent that was stopped has connected again.
  expect(spine.proxy.connections()).toBe(connections + 1);
  expect(ended.epochs.filter(({ instanceId }) => instanceId === other)).toHaveLength(1);
  expect(spine.gaps(id, other)).toEqual([]);
  const details = ended.events.map(({ event, instanceId, detail }) => ({ event, instanceId, code: detail['code'] }));
  expect(details).toEqual(
    expect.arrayContaining([
      { event: 'security_refused', instanceId: 'i-00000000000000001', code: 'token_invalid' },
      { event: 'connection_refused', instanceId: victim, code: 'message_invalid' },
      { event: 'connection_refused', instanceId: victim, code: 'broken_frame' },
    ]),
  );
  for (const reason of ['checksum_wrong', 'Max payload size exceeded']) expect(run.stderr).toContain(reason);
  expect(run.stderr).not.toContain('"level":50');
});

function urlOf(spine: Spine): { url: string } {
  return { url: `ws://127.0.0.1:${spine.agentPort}/v1/agent` };
}

async function refusedEnrolment(spine: Spine, run: string) {
  const agent = await HandAgent.connect(urlOf(spine));
  agent.enrol({ run, token: 'a wrong one' });
  const refuse = await agent.next('refuse');
  expect((await agent.closed).code).toBe(POLICY_VIOLATION);
  return refuse;
}

/** Says hello with the victim's own secret, does its worst, and tells how that ended. */
async function refusalOf(spine: Spine, instanceId: string, act: (agent: HandAgent) => void) {
  const identity = join(spine.folderOf(instanceId), 'var/lib/ptp-tester/identity.json');
  const { run, secret } = JSON.parse(readFileSync(identity, 'utf8'));
  const agent = await HandAgent.connect(urlOf(spine));
  const who: Partial<Hello> = { run, secret, instance_id: instanceId };
  agent.hello([], who);
  await agent.next('enrolled');
  act(agent);
  const closed = await agent.closed;
  return { closed, refuse: agent.received.find(({ type }) => type === 'refuse') ?? null };
}

/** What a listener answers to bytes that are no HTTP at all. */
async function answerToNoise(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes.toString('latin1');
  });
  socket.write(randomBytes(4096));
  await once(socket, 'close');
  return answer;
}
