/** An authority with server certificates in a folder, as an operator would have them, for tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CertificateAuthority, issueServerCertificate, makeAuthority } from './tls-authority.ts';

export interface MadeCertificates {
  readonly folder: string;
  readonly authority: CertificateAuthority;
  readonly files: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
  /** Writes the server's files anew. */
  write(hosts: readonly string[], now: number): Promise<void>;
  remove(): void;
}

/** The certificate is for `hosts`; its file holds the server's certificate alone. */
export async function madeCertificates(hosts: readonly string[], now: number): Promise<MadeCertificates> {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-tls-'));
  const authority = await makeAuthority(now);
  const files = { certFile: join(folder, 's.pem'), keyFile: join(folder, 's.key'), caFile: join(folder, 'ca.pem') };
  const write = async (names: readonly string[], at: number) => {
    const { cert, key } = await issueServerCertificate(authority, { hosts: names, now: at });
    writeFileSync(files.certFile, cert.slice(0, cert.indexOf('-----BEGIN', 1)));
    writeFileSync(files.keyFile, key, { mode: 0o600 });
  };
  writeFileSync(files.caFile, authority.certificatePem);
  await write(hosts, now);
  return { folder, authority, files, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
