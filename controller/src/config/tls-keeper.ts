/** The certificate that agents are met with, now: issued by the own authority and renewed, or read from given files and read again. */

import { X509Certificate } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import {
  type CertificateAuthority,
  formatAuthority,
  issueServerCertificate,
  makeAuthority,
  parseAuthority,
} from './tls-authority.ts';
import { type GivenCertificate, type GivenCertificateFiles, readGivenCertificate } from './tls-given.ts';

export interface TlsCredentials {
  readonly cert: string;
  /** Secret. */
  readonly key: string;
}

/** What the keeper asks of a logger; pino is one. */
export interface TlsLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface TlsKeeperDependencies {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: TlsLog;
}

export interface TlsKeeper {
  /** What agents pin; null: they trust their system's authorities. */
  readonly caPem: string | null;
  credentials(): TlsCredentials;
  /** Renews or reads again when it is time; the new credentials, or null when they are the same. Never throws: the old ones stay. */
  refresh(): Promise<TlsCredentials | null>;
}

/** Instances may be half a year ahead, and a controller may be off for long. */
const RENEW_BEFORE_MS = 180 * 86_400_000;
const WARN_BEFORE_MS = 14 * 86_400_000;
/** The longest runs take weeks. */
const WARN_CA_BEFORE_MS = 60 * 86_400_000;
const WARN_EVERY_MS = 86_400_000;

export interface OwnCertificateOptions {
  /** Holds the authority with its key. Made on first use, readable by the owner only. */
  readonly authorityFile: string;
  /** Names and addresses under which agents call. */
  readonly hosts: readonly string[];
}

export interface GivenCertificateOptions {
  readonly files: GivenCertificateFiles;
  /** Of the public URL: the certificate must be for it. */
  readonly host: string;
}

/** Certificates of the own authority. Throws `ConfigError` when its file cannot be used. */
export async function keepOwnCertificate(
  { authorityFile, hosts }: OwnCertificateOptions,
  { now, log }: TlsKeeperDependencies,
): Promise<TlsKeeper> {
  const authority = await loadAuthority(authorityFile, now());
  let current = await issueServerCertificate(authority, { hosts, now: now() });
  return {
    caPem: authority.certificatePem,
    credentials: () => current,
    refresh: async () => {
      if (current.notAfter - now() > RENEW_BEFORE_MS) return null;
      current = await issueServerCertificate(authority, { hosts, now: now() });
      log.info({ notAfter: new Date(current.notAfter).toISOString() }, 'the server certificate was renewed');
      return current;
    },
  };
}

async function loadAuthority(path: string, now: number): Promise<CertificateAuthority> {
  if (!existsSync(path)) writeWhole(path, formatAuthority(await makeAuthority(now)));
  const authority = parseAuthority(readFileSync(path, 'utf8'));
  const remove = 'remove it to make a new one (agents of running runs trust only the old one)';
  if (authority === null) {
    const reason = `does not hold a certificate authority with its key: restore it from a backup, or ${remove}`;
    throw new ConfigError([{ field: path, reason }]);
  }
  const { validTo } = new X509Certificate(authority.certificatePem);
  if (Date.parse(validTo) > now) return authority;
  const reason = `the authority ended on ${validTo}: check this machine's clock, or ${remove}`;
  throw new ConfigError([{ field: path, reason }]);
}

/** A kill at any point leaves either no file or a whole one. */
function writeWhole(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** A given certificate. Throws `ConfigError` when the files cannot be used now; later it only says so and goes on with the old one. */
export function keepGivenCertificate(
  { files, host }: GivenCertificateOptions,
  { now, log }: TlsKeeperDependencies,
): TlsKeeper {
  let current = readGivenCertificate(files, { host, now: now() });
  const { caPem } = current;
  let seen = stampOf(files);
  let warnedAt = Number.NEGATIVE_INFINITY;
  const warnOfEnd = () => {
    if (now() - warnedAt < WARN_EVERY_MS) return;
    const [end] = endsSoon(current, now());
    if (end === undefined) return;
    warnedAt = now();
    log.warn({ notAfter: new Date(end.notAfter).toISOString(), file: files.certFile }, end.warning);
  };
  const readAgain = () => {
    const fresh = readGivenCertificate(files, { host, now: now() });
    if (fresh.caPem !== caPem) {
      log.warn({}, 'the new certificate has another authority: agents of running runs trust only the old one');
    }
    current = fresh;
    log.info({ notAfter: new Date(fresh.notAfter).toISOString() }, 'the server certificate was read again');
    return fresh;
  };
  return {
    caPem,
    credentials: () => current,
    refresh: () => {
      warnOfEnd();
      const stamp = stampOf(files);
      if (stamp === seen) return Promise.resolve(null);
      seen = stamp;
      try {
        return Promise.resolve(readAgain());
      } catch (error) {
        log.error({ err: error }, 'the changed certificate cannot be used; the one before stays in use');
        return Promise.resolve(null);
      }
    },
  };
}

/** What of a given certificate ends soon, the worse first. Agents were given the authority when they were launched, and cannot be given another. */
function endsSoon({ notAfter, caNotAfter }: GivenCertificate, now: number) {
  return [
    {
      notAfter: caNotAfter ?? Number.POSITIVE_INFINITY,
      warnBeforeMs: WARN_CA_BEFORE_MS,
      warning:
        'the authority of the server certificate ends soon: agents that run longer will be lost; change it between runs',
    },
    {
      notAfter,
      warnBeforeMs: WARN_BEFORE_MS,
      warning: 'the server certificate ends soon: renew it, it is read again by itself',
    },
  ].filter((end) => end.notAfter - now <= end.warnBeforeMs);
}

/** Changes when one of the files does, also when it is replaced or a symbolic link on the way to it is. */
function stampOf({ certFile, keyFile, caFile }: GivenCertificateFiles): string {
  const stamps = [certFile, keyFile, ...(caFile === null ? [] : [caFile])].map((path) => {
    try {
      const { ino, size, mtimeNs } = statSync(path, { bigint: true });
      return `${ino} ${size} ${mtimeNs}`;
    } catch {
      // Absent or out of reach, which reading it will say.
      return 'unreadable';
    }
  });
  return stamps.join('\n');
}
