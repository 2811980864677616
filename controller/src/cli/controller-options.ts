/** From the controller's flags to what the app is started with. */
import type { AppOptions, HostPort } from '../app/start-app.ts';
import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import type { CliContext } from './cli-context.ts';
import type { ControllerFlags } from './command-line.ts';

/** `127.0.0.1:7600` or `[::1]:7600`. */
export function parseHostPort(field: string, text: string): HostPort | ConfigProblem {
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

/** Throws ConfigError with every problem. */
export function appOptions(flags: ControllerFlags, context: CliContext): AppOptions {
  const operatorListen = parseHostPort('--listen', flags.listen);
  const agentListen = parseHostPort('--agent-listen', flags.agentListen);
  const urlProblem = checkPublicUrl(flags.publicUrl);
  const problems = [operatorListen, agentListen, urlProblem].filter(
    (it): it is ConfigProblem => it !== null && 'reason' in it,
  );
  if (problems.length > 0 || 'reason' in operatorListen || 'reason' in agentListen) throw new ConfigError(problems);
  return {
    dataDirectory: flags.data,
    operatorListen,
    agentListen,
    publicUrl: flags.publicUrl?.replace(/\/$/, '') ?? null,
    aws: context.aws,
    version: context.version,
  };
}
