/** Opens the certificate that agents are met with, as the mode says. */
import { join } from 'node:path';
import {
  keepGivenCertificate,
  keepOwnCertificate,
  type TlsKeeper,
  type TlsKeeperDependencies,
} from '../config/tls-keeper.ts';
import { hostOf, type TlsMode } from '../config/tls-mode.ts';

export interface TlsRequest {
  readonly mode: TlsMode;
  readonly dataDirectory: string;
  readonly listenHost: string;
  /** Null: agents call the listener's own address. */
  readonly publicUrl: string | null;
}

/** Null: plain HTTP. Throws `ConfigError` that says what to do when there is no usable certificate. */
export async function openTls(request: TlsRequest, dependencies: TlsKeeperDependencies): Promise<TlsKeeper | null> {
  const { mode, dataDirectory, listenHost, publicUrl } = request;
  const publicHost = publicUrl === null ? listenHost : hostOf(publicUrl);
  if (mode.kind === 'plain') return null;
  if (mode.kind === 'given') return keepGivenCertificate({ files: mode.files, host: publicHost }, dependencies);
  const authorityFile = join(dataDirectory, 'agent-ca.pem');
  return await keepOwnCertificate({ authorityFile, hosts: [publicHost] }, dependencies);
}
