/** TLS of the agents' listener over real sockets: pinned, renewed and replaced while connections live, and who turns away is noticed. */
import { X509Certificate } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MadeCertificates, madeCertificates } from '../../controller/src/config/made-certificates.fixture.ts';
import { keepGivenCertificate, keepOwnCertificate, type TlsKeeper } from '../../controller/src/config/tls-keeper.ts';
import { HandAgent, IngestSite, instanceIdOf, RUN_ID, recordsAt } from './ingest-support.ts';

const HOST = '127.0.0.1';
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

let made: MadeCertificates;
let site: IngestSite | null = null;
let now = Date.now();

beforeEach(async () => {
  now = Date.now();
  made = await madeCertificates([HOST], now);
});

afterEach(async () => {
  await site?.close();
  site = null;
  made.remove();
});

const dependencies = { now: () => now, log: QUIET };
const ownCertificate = () =>
  keepOwnCertificate({ authorityFile: join(made.folder, 'agent-ca.pem'), hosts: [HOST] }, dependencies);

async function serve(keeper: TlsKeeper): Promise<IngestSite> {
  const options = { tls: keeper.credentials(), tlsRefreshMs: 20, dependencies: { refreshTls: keeper.refresh } };
  site = new IngestSite(options);
  await site.start();
  return site;
}

function wss(at: IngestSite, ca: string | null) {
  const url = at.url.replace('ws:', 'wss:');
  return ca === null ? { url } : { url, ca };
}

/** The serial number of the certificate that a new connection is met with. */
function servedSerial(at: IngestSite): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: HOST, port: at.port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

function turnedAway(at: IngestSite) {
  return at.logged.filter(({ text }) => text === 'a TLS client turned away').map(({ fields }) => fields);
}

it('meets agents with a certificate of its own authority, for the agent file too', async () => {
  const keeper = await ownCertificate();
  const at = await serve(keeper);
  const agent = await HandAgent.connect(wss(at, keeper.caPem));
  agent.enrol();
  expect(await agent.next('enrolled')).toMatchObject({ instance_id: instanceIdOf(1) });
  await agent.close();
  expect(turnedAway(at)).toEqual([]);
});

it('is refused by an agent that was given another authority; logged, and an event of the open run', async () => {
  const at = await serve(await ownCertificate());
  await expect(HandAgent.connect(wss(at, made.authority.certificatePem))).rejects.toMatchObject({
    code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
  });
  await expect(HandAgent.connect(wss(at, null))).rejects.toMatchObject({
    code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
  });
  await expect.poll(() => turnedAway(at)).toMatchObject([{ address: HOST, code: 'certificate_refused' }]);
  await expect
    .poll(() => at.repository.events(RUN_ID))
    .toMatchObject([
      { event: 'connection_refused', instanceId: null, detail: { code: 'certificate_refused', address: HOST } },
    ]);
});

it('notices a client that sends an alert, as curl does with another --cacert', async () => {
  const at = await serve(await ownCertificate());
  const socket = connectTls({ host: HOST, port: at.port, ca: made.authority.certificatePem, maxVersion: 'TLSv1.2' });
  await new Promise((resolve) => socket.once('error', resolve));
  await expect.poll(() => turnedAway(at)).toMatchObject([{ code: 'certificate_refused' }]);
});

it('does not answer plain HTTP, and tells no run of it', async () => {
  const at = await serve(await ownCertificate());
  await expect(fetch(`http://${HOST}:${at.port}/v1/agent-file/${'0'.repeat(64)}`)).rejects.toThrow();
  await expect.poll(() => turnedAway(at)).toMatchObject([{ code: 'tls_failed' }]);
  // A port scan is nothing to speak of.
  await new Promise<void>((resolve) => {
    const socket = connectTcp({ host: HOST, port: at.port }, () => socket.end());
    socket.once('close', () => resolve());
  });
  expect(turnedAway(at)).toHaveLength(1);
  expect(at.repository.events(RUN_ID)).toEqual([]);
});

it('renews its certificate without ending a connection, and agents still trust it', async () => {
  const keeper = await ownCertificate();
  const at = await serve(keeper);
  const agent = await HandAgent.streaming(wss(at, keeper.caPem));
  const before = await servedSerial(at);
  now += 200 * 86_400_000;
  await expect.poll(() => servedSerial(at)).not.toBe(before);
  agent.sendRecords(...recordsAt(1, 2));
  await agent.ackedThrough(2);
  const later = await HandAgent.connect(wss(at, keeper.caPem), 1);
  await later.close();
});

it('keeps its authority over a restart, so that agents come back', async () => {
  const first = await ownCertificate();
  const again = await ownCertificate();
  expect(new X509Certificate(again.credentials().cert).serialNumber).not.toBe(
    new X509Certificate(first.credentials().cert).serialNumber,
  );
  const agent = await HandAgent.streaming(wss(await serve(again), first.caPem));
  await agent.close();
});

it('takes a given certificate, and another one as soon as its files change', async () => {
  const keeper = keepGivenCertificate({ files: made.files, host: HOST }, dependencies);
  const at = await serve(keeper);
  const before = await servedSerial(at);
  expect(before).toBe(new X509Certificate(keeper.credentials().cert).serialNumber);
  await made.write([HOST], now);
  await expect.poll(() => servedSerial(at)).not.toBe(before);
  const agent = await HandAgent.streaming(wss(at, made.authority.certificatePem));
  await agent.close();
});
