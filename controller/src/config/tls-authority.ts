/** The controller's own certificate authority: made once, kept, and asked for server certificates (RFC 5280). */
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

export interface CertificateAuthority {
  /** What agents pin. */
  readonly certificatePem: string;
  /** Secret. PKCS #8. */
  readonly keyPem: string;
}

export interface ServerCertificate {
  /** The certificate, then its authority's. */
  readonly cert: string;
  /** Secret. PKCS #8. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 20 * 365;
const SERVER_DAYS = 365;
/** A pinned authority is trusted for what it is, not for its age: an instance whose clock starts years behind must still come in. */
const NOT_BEFORE = new Date('2000-01-01T00:00:00Z');

/** Loaded when needed: most commands make no certificate. reflect-metadata must be there first. */
async function loadX509() {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}

/** `now`: milliseconds since 1970. */
export async function makeAuthority(now: number): Promise<CertificateAuthority> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: 'CN=ptp-tester controller authority',
      notBefore: NOT_BEFORE,
      notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificatePem: `${certificate.toString('pem')}\n`, keyPem: await exportKey(keys.privateKey) };
}

/** A certificate for a server that is reached under these names and addresses. */
export async function issueServerCertificate(
  authority: CertificateAuthority,
  { hosts, now }: { readonly hosts: readonly string[]; readonly now: number },
): Promise<ServerCertificate> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const keys = await makeKeys();
  const notAfter = now + SERVER_DAYS * DAY_MS;
  const names = hosts.map((host) => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host }));
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: 'CN=ptp-tester controller',
      issuer: issuer.subject,
      notBefore: NOT_BEFORE,
      notAfter: new Date(notAfter),
      signingKey: await importKey(authority.keyPem),
      publicKey: keys.publicKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const cert = `${certificate.toString('pem')}\n${authority.certificatePem}`;
  return { cert, key: await exportKey(keys.privateKey), notAfter };
}

/** Both parts in one text, so that a file holds either all of it or nothing. */
export function formatAuthority({ certificatePem, keyPem }: CertificateAuthority): string {
  return certificatePem + keyPem;
}

/** Reads what `formatAuthority` wrote; null unless it is a certificate authority with its own key. */
export function parseAuthority(text: string): CertificateAuthority | null {
  try {
    const certificate = new X509Certificate(text);
    const key = createPrivateKey(text);
    if (!certificate.ca || !certificate.checkPrivateKey(key)) return null;
    return { certificatePem: certificate.toString(), keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
  } catch {
    // Not PEM, or one of the two is missing.
    return null;
  }
}

async function makeKeys() {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

function importKey(pem: string) {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), ALGORITHM, false, ['sign']);
}

/** 127 random bits, positive, with no leading zero (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
