/** A self-signed certificate for 127.0.0.1, for one benchmark. */
import { webcrypto } from 'node:crypto';

/**
 * @peculiar/x509 injects its parts with tsyringe, which refuses to load without these functions of the reflect-metadata proposal.
 * Its classes are registered by hand, so that there is nothing to reflect on.
 */
async function loadX509() {
  const nothing = () => undefined;
  Object.assign(Reflect, { getMetadata: nothing, getOwnMetadata: nothing, defineMetadata: nothing });
  return await import('@peculiar/x509');
}

const DAY_MS = 86_400_000;

/** Key and certificate as PEM; the certificate is its own authority. */
export async function makeCertificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } = await loadX509();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: 'CN=127.0.0.1',
      notBefore: new Date(now - DAY_MS),
      notAfter: new Date(now + DAY_MS),
      keys: keys as never,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
      ],
    },
    webcrypto as never,
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').replace(/(.{64})/g, '$1\n');
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString('pem'),
  };
}
