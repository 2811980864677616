/** Whether agents are met with TLS, and under which names: follows from the flags (pure). */
import { BlockList, isIP } from 'node:net';
import type { ConfigProblem } from './config-error.ts';
import type { GivenCertificateFiles } from './tls-given.ts';

/** How the agents' listener speaks. */
export type TlsMode =
  | { readonly kind: 'plain' }
  /** A certificate of the controller's own authority. */
  | { readonly kind: 'own' }
  | { readonly kind: 'given'; readonly files: GivenCertificateFiles };

export interface TlsFlags {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  /** Plain HTTP wherever it listens: for a TLS proxy in front, or a network that is trusted. */
  readonly plainHttp?: boolean;
}

export interface TlsModeRequest {
  readonly flags: TlsFlags;
  /** Of the agents' listener. */
  readonly listenHost: string;
  readonly publicUrl: string | null;
}

/** TLS unless the listener is reachable from this machine only, or plain HTTP is asked for. */
export function chooseTlsMode({ flags, listenHost, publicUrl }: TlsModeRequest): TlsMode | readonly ConfigProblem[] {
  const problems = flagProblems(flags);
  if (publicUrl === null && isEveryAddress(listenHost)) {
    const reason = `agents cannot call ${listenHost}, which means every address: say which one they are to use`;
    problems.push({ field: '--public-url', reason });
  }
  const mode = modeOf({ flags, listenHost, publicUrl });
  if (mode.kind !== 'plain' && publicUrl?.startsWith('http:') === true) {
    const reason = `agents would call ${publicUrl}, but this listener speaks TLS: write https://, or give --plain-http`;
    problems.push({ field: '--public-url', reason });
  }
  return problems.length > 0 ? problems : mode;
}

function modeOf({ flags, listenHost, publicUrl }: TlsModeRequest): TlsMode {
  const { tlsCert, tlsKey, tlsCa, plainHttp } = flags;
  if (plainHttp === true) return { kind: 'plain' };
  if (tlsCert !== undefined && tlsKey !== undefined) {
    return { kind: 'given', files: { certFile: tlsCert, keyFile: tlsKey, caFile: tlsCa ?? null } };
  }
  const isHttps = publicUrl?.startsWith('https:') === true;
  return isHttps || !isLoopback(listenHost) ? { kind: 'own' } : { kind: 'plain' };
}

function flagProblems({ tlsCert, tlsKey, tlsCa, plainHttp }: TlsFlags): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (tlsCert === undefined && tlsKey !== undefined) {
    problems.push({ field: '--tls-cert', reason: 'is missing: --tls-key needs its certificate' });
  }
  if (tlsCert !== undefined && tlsKey === undefined) {
    problems.push({ field: '--tls-key', reason: 'is missing: --tls-cert needs its key' });
  }
  if (tlsCa !== undefined && tlsCert === undefined) {
    problems.push({ field: '--tls-ca', reason: 'goes with --tls-cert and --tls-key only' });
  }
  if (plainHttp === true && (tlsCert ?? tlsKey) !== undefined) {
    problems.push({ field: '--plain-http', reason: 'contradicts --tls-cert and --tls-key: leave one of them out' });
  }
  return problems;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only this machine reaches it. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return host === 'localhost' || (family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4'));
}

function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}

/** `https://[fd00::1]:7600` -> `fd00::1`. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replaceAll(/[[\]]/g, '');
}
