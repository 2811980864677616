/** From the controller's flags to what the app is started with. */
import { statSync } from 'node:fs';
import type { AppOptions, HostPort } from '../../app/app-parts.ts';
import { ConfigError, type ConfigProblem } from '../../config/config-error.ts';
import { readGivenText } from '../../config/given-text.ts';
import { type NotifyConfig, parseNotifyConfig } from '../../config/notify-config.ts';
import { parseRetention } from '../../config/retention.ts';
import { chooseTlsMode } from '../../config/tls-mode.ts';
import { signatureVerifier, type VerifySignature } from '../../ingest/check-identity.ts';
import type { CliContext } from '../cli-context.ts';
import type { ControllerFlags } from '../command-line.ts';

/** `127.0.0.1:7600` or `[::1]:7600`. */
function parseHostPort(field: string, text: string): HostPort | ConfigProblem {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    return { field, reason: `"${text}" is not HOST:PORT, for example 127.0.0.1:7700` };
  return { host: match[1] ?? match[2] ?? '', port };
}

function checkPublicUrl(url: string | undefined): ConfigProblem | null {
  if (url === undefined || (/^https?:\/\/[^/]+\/?$/.test(url) && URL.canParse(url))) return null;
  return { field: '--public-url', reason: `"${url}" is not http(s)://HOST:PORT` };
}

/** The operator's copy of AWS's public certificates; null: not given. */
function readIdentityCertificates(path: string | undefined): VerifySignature | null | ConfigProblem {
  if (path === undefined) return null;
  try {
    return signatureVerifier(readGivenText('--identity-certs', path));
  } catch (error) {
    if (error instanceof ConfigError) return error.problems[0] ?? null;
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = 'give a file with the AWS public certificates of the region in PEM form (EC2 User Guide)';
    return { field: '--identity-certs', reason: `${path} cannot be used (${reason}): ${remedy}` };
  }
}

/** Throws ConfigError with every fault of the file; one that others can read is warned about, its URLs are secrets. */
function readNotify(path: string | undefined, { log }: CliContext): NotifyConfig | null {
  if (path === undefined) return null;
  const content = readGivenText('--notify', path);
  if ((statSync(path).mode & 0o044) !== 0)
    log.warn({ path }, 'others can read this file, and webhook URLs are secrets: chmod 600');
  return parseNotifyConfig(path, content);
}

function isProblem(value: unknown): value is ConfigProblem {
  return typeof value === 'object' && value !== null && 'field' in value && 'reason' in value;
}

/** Throws ConfigError with every problem. */
export function appOptions(flags: ControllerFlags, context: CliContext): AppOptions {
  const operatorListen = parseHostPort('--listen', flags.listen);
  const agentListen = parseHostPort('--agent-listen', flags.agentListen);
  const urlProblem = checkPublicUrl(flags.publicUrl);
  const publicUrl = flags.publicUrl?.replace(/\/$/, '') ?? null;
  const listenHost = isProblem(agentListen) ? '127.0.0.1' : agentListen.host;
  const tls = chooseTlsMode({ flags, listenHost, publicUrl: urlProblem === null ? publicUrl : null });
  const verifySignature = readIdentityCertificates(flags.identityCerts);
  const names = { retainFor: '--retain-for', retainSize: '--retain-size' };
  const retention = parseRetention(flags, names);
  const tlsProblems = 'kind' in tls ? [] : tls;
  const ofRetention = 'maxBytes' in retention ? [] : retention;
  const ofOthers = [operatorListen, agentListen, urlProblem, verifySignature].filter(isProblem);
  const problems = [...ofOthers, ...tlsProblems, ...ofRetention];
  if (problems.length > 0 || isProblem(operatorListen) || isProblem(agentListen)) throw new ConfigError(problems);
  if (!('kind' in tls && 'maxBytes' in retention)) throw new ConfigError(problems);
  return {
    dataDirectory: flags.data,
    operatorListen,
    agentListen,
    publicUrl,
    tls,
    verifySignature: isProblem(verifySignature) ? null : verifySignature,
    notify: readNotify(flags.notify, context),
    retention,
    aws: context.aws,
    version: context.version,
  };
}

/** Where agents would be told to call, as the running controller will say it. */
export function expectedPublicUrl({ publicUrl, tls, agentListen: { host, port } }: AppOptions): string {
  return publicUrl ?? `${tls.kind === 'plain' ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
