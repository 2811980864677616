/** A self-signed certificate for 127.0.0.1, made by openssl: good as server certificate and as its own authority. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

const NEW_SELF_SIGNED = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2';
const NAMES = ['-subj', '/CN=ptp-tester test', '-addext', 'subjectAltName=IP:127.0.0.1'];

export function makeLocalCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    execFileSync('openssl', [...NEW_SELF_SIGNED.split(' '), ...NAMES, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
