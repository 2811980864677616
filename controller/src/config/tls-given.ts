/** A server certificate that the operator gave: read, checked against its key, the time and the name under which agents call. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { ConfigError } from './config-error.ts';
import { readGivenText } from './given-text.ts';

export interface GivenCertificateFiles {
  /** PEM: the server's certificate first, then what leads to its authority. */
  readonly certFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
  /** PEM: the authority that agents are to trust; null: one in `certFile`, else the system's of the instances. */
  readonly caFile: string | null;
}

export interface GivenCertificate {
  readonly cert: string;
  /** Secret. */
  readonly key: string;
  /** What agents pin; null: they trust their system's authorities. */
  readonly caPem: string | null;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** When the last of the authorities in `caPem` ends; null: none is pinned. */
  readonly caNotAfter: number | null;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads and checks the files. Throws `ConfigError`, each problem with what to do. `host` is the one of the public URL. */
export function readGivenCertificate(
  files: GivenCertificateFiles,
  { host, now }: { readonly host: string; readonly now: number },
): GivenCertificate {
  const { certFile, keyFile, caFile } = files;
  const chain = certificatesOf('--tls-cert', certFile);
  const key = privateKeyOf(keyFile);
  const [leaf] = chain;
  if (leaf === undefined) throw problem('--tls-cert', `${certFile} holds no certificate in PEM form`);
  checkLeaf(leaf, { certFile, keyFile, key: key.object, host, now });
  const authorities = caFile === null ? chain.filter(isSelfSigned) : certificatesOf('--tls-ca', caFile);
  const caPem = authorities.length === 0 ? null : authorities.map((it) => it.toString()).join('');
  if (caPem !== null) checkChain(chain, authorities, { certFile, caFile });
  const caNotAfter = caPem === null ? null : Math.max(...authorities.map(({ validTo }) => Date.parse(validTo)));
  if (caNotAfter !== null && caNotAfter <= now) {
    throw problem('--tls-ca', `the authority in ${caFile ?? certFile} has expired: no agent would trust it`);
  }
  const cert = chain.map((it) => it.toString()).join('');
  checkUsable(certFile, { cert, key: key.pem });
  return { cert, key: key.pem, caPem, notAfter: Date.parse(leaf.validTo), caNotAfter };
}

/** Where TLS itself refuses the pair, as a key that is too short. */
function checkUsable(certFile: string, pair: Pick<GivenCertificate, 'cert' | 'key'>): void {
  try {
    createSecureContext(pair);
  } catch (error) {
    throw problem('--tls-cert', `TLS refuses ${certFile}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface LeafRequest {
  readonly certFile: string;
  readonly keyFile: string;
  readonly key: KeyObject;
  readonly host: string;
  readonly now: number;
}

function checkLeaf(leaf: X509Certificate, { certFile, keyFile, key, host, now }: LeafRequest): void {
  if (!leaf.checkPrivateKey(key)) {
    throw problem(
      '--tls-key',
      `${keyFile} is not the key of the first certificate in ${certFile}: give the key that it was made with, and put the server's certificate first`,
    );
  }
  if (Date.parse(leaf.validTo) <= now) {
    throw problem('--tls-cert', `${certFile} expired on ${leaf.validTo}: renew it`);
  }
  if (Date.parse(leaf.validFrom) > now) {
    throw problem('--tls-cert', `${certFile} is valid from ${leaf.validFrom} on: check this machine's clock, or wait`);
  }
  const covers = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
  if (covers === undefined) {
    throw problem(
      '--tls-cert',
      `${certFile} is for ${leaf.subjectAltName ?? 'no name at all'}, and agents will call "${host}": give a --public-url with a name of the certificate, or a certificate for "${host}"`,
    );
  }
}

/** Every certificate must be signed by the next of the file, and the last one by a pinned authority (or be one). */
function checkChain(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  { certFile, caFile }: { readonly certFile: string; readonly caFile: string | null },
): void {
  const isTrusted = (it: X509Certificate) =>
    authorities.some((authority) => it.fingerprint256 === authority.fingerprint256 || isSignedBy(it, authority));
  for (const [at, certificate] of chain.entries()) {
    if (isTrusted(certificate)) return;
    const next = chain[at + 1];
    if (next !== undefined && isSignedBy(certificate, next)) continue;
    throw problem(
      '--tls-cert',
      `no chain leads from the first certificate of ${certFile} to an authority of ${caFile ?? certFile}: add the certificates between, in order`,
    );
  }
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return isSignedBy(certificate, certificate);
}

function certificatesOf(flag: string, path: string): X509Certificate[] {
  const blocks = readGivenText(flag, path).match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    throw problem(flag, `${path} holds no certificate in PEM form ("-----BEGIN CERTIFICATE-----")`);
  }
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw problem(flag, `certificate ${at + 1} of ${path} is damaged: write the file anew`);
    }
  });
}

function privateKeyOf(path: string): { readonly object: KeyObject; readonly pem: string } {
  const pem = readGivenText('--tls-key', path);
  try {
    return { object: createPrivateKey(pem), pem };
  } catch {
    throw problem('--tls-key', `${path} holds no private key in PEM form without a passphrase`);
  }
}

function problem(field: string, reason: string): ConfigError {
  return new ConfigError([{ field, reason }]);
}
