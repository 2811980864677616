import { KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { appendFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from './config-error.ts';
import { type MadeCertificates, madeCertificates } from './made-certificates.fixture.ts';
import { issueServerCertificate, makeAuthority, parseAuthority } from './tls-authority.ts';
import { readGivenCertificate } from './tls-given.ts';
import { keepGivenCertificate, keepOwnCertificate } from './tls-keeper.ts';

const NOW = Date.parse('2026-11-20T23:17:57Z');
const DAY_MS = 86_400_000;
const HOST = 'clock.example';

let made: MadeCertificates;
let now: number;
let logged: string[];

beforeEach(async () => {
  now = NOW;
  logged = [];
  made = await madeCertificates([HOST, '10.0.0.5'], NOW);
  onTestFinished(() => made.remove());
});

const log = (level: string) => (_fields: object, text: string) => void logged.push(`${level} ${text}`);
const dependencies = { now: () => now, log: { info: log('info'), warn: log('warn'), error: log('error') } };
const own = (hosts = ['10.0.0.5']) =>
  keepOwnCertificate({ authorityFile: join(made.folder, 'agent-ca.pem'), hosts }, dependencies);

function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
}

it('makes an authority that outlives restarts, readable by the owner only, and signs for names and addresses', async () => {
  const first = await own([HOST]);
  const again = await own(['10.0.0.5', 'fd00::5']);
  expect(again.caPem).toBe(first.caPem);
  expect(statSync(join(made.folder, 'agent-ca.pem')).mode & 0o777).toBe(0o600);
  expect(readdirSync(made.folder)).not.toContain('agent-ca.pem.new');
  const authority = new X509Certificate(first.caPem ?? '');
  const byName = new X509Certificate(first.credentials().cert);
  const byAddress = new X509Certificate(again.credentials().cert);
  for (const certificate of [byName, byAddress]) {
    expect(certificate.checkIssued(authority) && certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(Date.parse(certificate.validFrom)).toBe(Date.parse('2000-01-01T00:00:00Z'));
  }
  expect(byName.checkHost(HOST)).toBe(HOST);
  expect([byAddress.checkIP('10.0.0.5'), byAddress.checkIP('fd00::5')]).toEqual(['10.0.0.5', 'fd00::5']);
  expect(byAddress.checkIP('10.0.0.6')).toBeUndefined();
});

it('renews its certificate half a year before it ends, with the same authority', async () => {
  const keeper = await own();
  const before = keeper.credentials();
  now += 180 * DAY_MS;
  expect(await keeper.refresh()).toBeNull();
  now += 10 * DAY_MS;
  const after = await keeper.refresh();
  expect(after?.cert).not.toBe(before.cert);
  expect(keeper.credentials()).toBe(after);
  const certificate = new X509Certificate(after?.cert ?? '');
  expect(Date.parse(certificate.validTo)).toBe(now + 365 * DAY_MS);
  expect(certificate.verify(new X509Certificate(keeper.caPem ?? '').publicKey)).toBe(true);
});

it('says what to do when the authority cannot be used, and does not replace it', async () => {
  const path = join(made.folder, 'agent-ca.pem');
  for (const text of ['', 'broken', made.authority.certificatePem, made.authority.keyPem]) {
    writeFileSync(path, text);
    await expect(own()).rejects.toThrow(/agent-ca.pem: .*restore it from a backup, or remove it/);
  }
  const other = await makeAuthority(NOW);
  expect(parseAuthority(made.authority.certificatePem + other.keyPem)).toBeNull();
});

it('takes a given certificate with the authority beside it, in its file, or of the system', () => {
  const { files, authority } = made;
  const request = { host: HOST, now: NOW };
  expect(readGivenCertificate(files, request).caPem).toBe(authority.certificatePem);
  expect(readGivenCertificate({ ...files, caFile: null }, request).caPem).toBeNull();
  appendFileSync(files.certFile, authority.certificatePem);
  expect(readGivenCertificate({ ...files, caFile: null }, { host: '10.0.0.5', now: NOW }).caPem).toBe(
    authority.certificatePem,
  );
});

it.each([
  [
    'another name',
    { host: 'other.example' },
    /for DNS:clock\.example.* agents will call "other\.example".*--public-url/,
  ],
  ['another address', { host: '10.0.0.6' }, /agents will call "10\.0\.0\.6"/],
  ['a later time', { now: NOW + 366 * DAY_MS }, /expired on .*: renew it/],
  ['an earlier time', { now: Date.parse('1999-01-01') }, /valid from .*check this machine's clock/],
])('refuses a given certificate at %s', (_what, change, expected) => {
  expect(problemOf(() => readGivenCertificate(made.files, { host: HOST, now: NOW, ...change }))).toMatch(expected);
});

it('refuses files that do not belong together, with the flag and the reason', async () => {
  const { files, authority } = made;
  const stranger = await makeAuthority(NOW);
  const strange = await issueServerCertificate(stranger, { hosts: [HOST], now: NOW });
  const read = (change: object) =>
    problemOf(() => readGivenCertificate({ ...files, ...change }, { host: HOST, now: NOW }));
  const file = (text: string) => {
    const path = join(made.folder, 'other');
    writeFileSync(path, text);
    return path;
  };
  expect(read({ keyFile: file(strange.key) })).toMatch(/^--tls-key: .*is not the key of the first certificate/);
  expect(read({ caFile: file(stranger.certificatePem) })).toMatch(/^--tls-cert: no chain leads/);
  expect(read({ certFile: file('nothing') })).toMatch(/^--tls-cert: .*no certificate in PEM form/);
  expect(read({ certFile: file(authority.certificatePem.replace(/\n[A-Za-z0-9+/]/, '\n!')) })).toMatch(/is damaged/);
  expect(read({ keyFile: file(authority.certificatePem) })).toMatch(/^--tls-key: .*no private key/);
  expect(read({ keyFile: join(made.folder, 'absent') })).toMatch(/^--tls-key: .*does not exist/);
});

it('reads given files again when they change, and stays with the old ones while the new ones do not fit', async () => {
  const keeper = keepGivenCertificate({ files: made.files, host: HOST }, dependencies);
  const before = keeper.credentials();
  expect(await keeper.refresh()).toBeNull();
  await made.write(['other.example'], NOW);
  expect(await keeper.refresh()).toBeNull();
  expect(keeper.credentials()).toBe(before);
  rmSync(made.files.keyFile);
  expect(await keeper.refresh()).toBeNull();
  expect(logged).toEqual(Array(2).fill('error the changed certificate cannot be used; the one before stays in use'));
  await made.write([HOST], NOW);
  expect((await keeper.refresh())?.cert).not.toBe(before.cert);
  expect(logged.at(-1)).toBe('info the server certificate was read again');
});

it('refuses a key that TLS would refuse, before it is in use', async () => {
  const weak = await weakCertificate();
  const files = { certFile: join(made.folder, 'weak.pem'), keyFile: join(made.folder, 'weak.key'), caFile: null };
  writeFileSync(files.certFile, weak.cert);
  writeFileSync(files.keyFile, weak.key);
  expect(problemOf(() => readGivenCertificate(files, { host: HOST, now: NOW }))).toMatch(/TLS refuses .*key too small/);
});

/** RSA of 1024 bits, self-signed. */
async function weakCertificate() {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: Uint8Array.of(1, 0, 1) };
  const keys = await webcrypto.subtle.generateKey({ ...algorithm, modulusLength: 1024 }, true, ['sign', 'verify']);
  const extensions = [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: HOST }])];
  const validity = { notBefore: new Date(NOW), notAfter: new Date(NOW + DAY_MS) };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    { name: `CN=${HOST}`, keys, signingAlgorithm: algorithm, extensions, ...validity },
    webcrypto,
  );
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { cert: certificate.toString('pem'), key };
}

it('warns of the end of a given authority two months before, and refuses one that has ended', async () => {
  const ending = await makeAuthority(NOW - 20 * 365 * DAY_MS + 50 * DAY_MS);
  const { cert, key } = await issueServerCertificate(ending, { hosts: [HOST], now: NOW });
  writeFileSync(made.files.caFile, ending.certificatePem);
  writeFileSync(made.files.certFile, cert);
  writeFileSync(made.files.keyFile, key);
  await keepGivenCertificate({ files: made.files, host: HOST }, dependencies).refresh();
  expect(logged).toEqual([expect.stringMatching(/^warn the authority .* agents that run longer will be lost/)]);
  const later = { host: HOST, now: NOW + 51 * DAY_MS };
  expect(problemOf(() => readGivenCertificate(made.files, later))).toMatch(/^--tls-ca: the authority .* has expired/);
});

it('does not go on with an authority of its own that has ended', async () => {
  await own();
  now += 21 * 365 * DAY_MS;
  await expect(own()).rejects.toThrow(/the authority ended on .*: check this machine's clock, or remove it/);
});

it('warns once a day when a given certificate is about to end', async () => {
  const keeper = keepGivenCertificate({ files: made.files, host: HOST }, dependencies);
  now += 352 * DAY_MS;
  await keeper.refresh();
  await keeper.refresh();
  now += DAY_MS;
  await keeper.refresh();
  expect(logged).toEqual(Array(2).fill('warn the server certificate ends soon: renew it, it is read again by itself'));
});
