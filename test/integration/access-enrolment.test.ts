/** Who may come in as an instance, over real sockets: everything else is refused, logged and an event of the run. */
import { createPrivateKey, sign, webcrypto } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { checkToken, makeToken, type TokenOwner } from '../../controller/src/fleet/prepare/token.ts';
import { signatureVerifier } from '../../controller/src/ingest/check-identity.ts';
import {
  enrolMessage,
  HandAgent,
  IngestSite,
  type IngestSiteOptions,
  instanceIdOf,
  RUN,
  RUN_ID,
  secretOf,
} from './ingest-support.ts';

const KEY = Buffer.alloc(32, 7);
const LAUNCH: TokenOwner = { run: RUN_ID, index: 1, attempt: 1 };
const FACTS = enrolMessage(1).facts;
const HOUR_MS = 3_600_000;

let site: IngestSite;
let skewMs = 0;

afterEach(async () => {
  skewMs = 0;
  await site.close();
});

type Dependencies = NonNullable<IngestSiteOptions['dependencies']>;

async function openSite(dependencies: Dependencies = {}): Promise<void> {
  site = new IngestSite({
    instances: 2,
    dependencies: {
      checkToken: (owner, token) => checkToken(KEY, owner, token),
      now: () => Date.now() + skewMs,
      ...dependencies,
    },
  });
  await site.start();
}

type Change = Parameters<HandAgent['enrol']>[0];

async function enrol(change: Change = {}): Promise<HandAgent> {
  const agent = await HandAgent.connect(site);
  agent.enrol({ token: makeToken(KEY, LAUNCH), ...change });
  return agent;
}

async function admitted(change: Change = {}): Promise<void> {
  const agent = await enrol(change);
  expect(await agent.next('enrolled')).toMatchObject({ instance_id: instanceIdOf(1) });
  await agent.close();
}

/** Refused for good, closed, logged once with the address, an event of the run; and neither says a secret. */
async function refused(change: Change, code: string): Promise<string> {
  const agent = await enrol(change);
  const refusal = await agent.next('refuse');
  expect(refusal).toMatchObject({ code, retry: false });
  expect((await agent.closed).code).toBe(1008);
  const logged = site.logged.filter(({ text }) => text === 'connection refused');
  expect(logged).toMatchObject([{ level: 'warn', fields: { code, reason: refusal.reason, address: '127.0.0.1' } }]);
  const events = site.repository.events(RUN_ID);
  expect(events).toMatchObject([{ event: 'security_refused', detail: { code, reason: refusal.reason } }]);
  const shown = JSON.stringify([refusal, site.logged, events]);
  for (const secret of [makeToken(KEY, LAUNCH), change?.token, change?.secret ?? secretOf(1)]) {
    if (secret !== undefined) expect(shown).not.toContain(secret);
  }
  return refusal.reason;
}

describe('a token', () => {
  it.each([
    ['of another instance', makeToken(KEY, { ...LAUNCH, index: 2 })],
    ['of another attempt', makeToken(KEY, { ...LAUNCH, attempt: 2 })],
    ['of another run', makeToken(KEY, { ...LAUNCH, run: '20250101-000000-zzzz' })],
    ['of another controller', makeToken(Buffer.alloc(32, 8), LAUNCH)],
    ['that was guessed', 'f'.repeat(64)],
    ['that is not even 64 digits', 'sesame'],
  ])('%s is refused', async (_what, token) => {
    await openSite();
    await refused({ token }, 'token_invalid');
    expect(site.repository.enrolment(RUN_ID, 1, 1)).toBeNull();
  });

  it('that was used is refused with another secret, and the first enrolment stays good', async () => {
    await openSite();
    await admitted();
    await refused({ secret: secretOf(99) }, 'token_used');
    await admitted();
  });

  it('is refused from an instance that is not the one it was launched for', async () => {
    await openSite();
    await refused({ facts: { ...FACTS, instance_id: instanceIdOf(7) } }, 'token_used');
  });

  it('expires with the launch window of its instance', async () => {
    await openSite();
    site.repository.updateInstance(RUN_ID, 1, { state: 'planned' });
    site.repository.updateInstance(RUN_ID, 1, { state: 'running' });
    skewMs = (RUN.spec.timeouts.agentS + 61) * 1000;
    expect(await refused({}, 'token_expired')).toMatch(/expired on .*launch window/);
    expect(site.repository.enrolment(RUN_ID, 1, 1)).toBeNull();
  });

  it('expires with the run, whatever is known of its instance', async () => {
    await openSite();
    skewMs = 20 * 365 * 24 * HOUR_MS;
    await refused({}, 'token_expired');
  });

  it.each([
    { state: 'terminating' },
    { state: 'terminated' },
    { failure: { code: 'agent_timeout', reason: 'silent', at: 0 } },
  ] as const)('expires when its instance is given up: %j', async (change) => {
    await openSite();
    site.repository.updateInstance(RUN_ID, 1, change as never);
    expect(await refused({}, 'token_expired')).toContain('given up');
  });

  it('that was used in time stays good for the same agent, as after a lost answer', async () => {
    await openSite();
    await admitted();
    skewMs = 20 * 365 * 24 * HOUR_MS;
    await admitted();
    expect(site.repository.events(RUN_ID)).toEqual([]);
  });
});

describe('an instance', () => {
  it.each([
    ['type', { instance_type: 'm7g.large' }],
    ['region', { region: 'eu-west-1' }],
  ])('of another %s than was launched is refused', async (_what, change) => {
    await openSite();
    expect(await refused({ facts: { ...FACTS, ...change } }, 'identity_refused')).toContain('launched was');
  });

  it('whose signed document says something else is refused', async () => {
    await openSite();
    const document = documentOf({ instanceId: instanceIdOf(5), region: 'eu-west-1' });
    const reason = await refused({ identity: { document, signature: '' } }, 'identity_refused');
    expect(reason).toContain('instanceId, region');
    await expect(
      enrol({ identity: { document: '[]', signature: '' } }).then((it) => it.next('refuse')),
    ).resolves.toMatchObject({
      reason: 'the identity document is not a JSON object',
    });
  });

  it('needs no signed document unless one is asked for', async () => {
    await openSite();
    await admitted({ identity: { document: documentOf(), signature: 'unchecked' } });
    await admitted();
  });
});

function documentOf(change: object = {}): string {
  const { instance_id, instance_type, availability_zone, region } = FACTS;
  const document = {
    instanceId: instance_id,
    instanceType: instance_type,
    availabilityZone: availability_zone,
    region,
  };
  return JSON.stringify({ ...document, accountId: '123456789012', version: '2017-09-30', ...change }, null, 2);
}

describe('with --identity-certs, an instance', () => {
  let aws: Signer;
  let other: Signer;
  beforeAll(async () => {
    aws = await makeSigner();
    other = await makeSigner();
  });
  const open = () => openSite({ verifySignature: signatureVerifier(`${other.certificate}\n${aws.certificate}`) });

  it('comes in with a document that AWS signed', async () => {
    await open();
    const document = documentOf();
    await admitted({ identity: { document, signature: aws.sign(document) } });
  });

  it('is refused without a document', async () => {
    await open();
    expect(await refused({}, 'identity_refused')).toContain('no signed identity document');
  });

  it('is refused with a document that was changed after it was signed, or signed by somebody else', async () => {
    await open();
    const document = documentOf();
    const signature = aws.sign(documentOf({ accountId: '999999999999' }));
    expect(await refused({ identity: { document, signature } }, 'identity_refused')).toContain('not of AWS');
    const stranger = await makeSigner();
    const strange = await enrol({ identity: { document, signature: stranger.sign(document) } });
    expect(await strange.next('refuse')).toMatchObject({ code: 'identity_refused' });
    const garbage = await enrol({ identity: { document, signature: 'not base64 at all' } });
    expect(await garbage.next('refuse')).toMatchObject({ code: 'identity_refused' });
  });
});

interface Signer {
  readonly certificate: string;
  sign(document: string): string;
}

/** Stands in for AWS: signs as `instance-identity/signature` is signed. */
async function makeSigner(): Promise<Signer> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const dates = { notBefore: new Date('2020-01-01'), notAfter: new Date('2190-01-01') };
  const name = 'CN=stand-in for the region';
  const made = await X509CertificateGenerator.createSelfSigned(
    { name, ...dates, keys, signingAlgorithm: algorithm } as never,
    webcrypto as never,
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return {
    certificate: made.toString('pem'),
    sign: (document) => sign('sha256', Buffer.from(document), key).toString('base64'),
  };
}
