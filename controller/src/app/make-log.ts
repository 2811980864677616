/** The controller's log: one JSON object a line, or readable lines where a person reads along. Secrets are cut out by name. */
import { createRequire } from 'node:module';
import pino, { type Logger } from 'pino';

export interface LogOptions {
  readonly level: string;
  /** The destination is a terminal. */
  readonly terminal: boolean;
  readonly color: boolean;
}

interface LogDestination {
  write(text: string): void;
}

/** Field names that hold secrets, at the top and one level down. Nothing of ours logs them; a library's error object might carry them. */
const SECRET_FIELDS = [
  'token',
  'secret',
  'authorization',
  'cookie',
  'password',
  'user_data',
  'UserData',
  'request_json',
] as const;

/** Lines are written at once: what was logged before a kill is there. Throws for a level that pino does not know. */
export function makeLog({ level, terminal, color }: LogOptions, destination: LogDestination): Logger {
  const redact = {
    paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.headers.${name}`]),
    censor: '[redacted]',
  };
  const options = { level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, terminal ? readable(destination, color) : destination);
}

/** pino-pretty is loaded with the first line: most commands never log one. */
function readable(destination: LogDestination, colorize: boolean): LogDestination {
  let format: ((line: string) => string) | null = null;
  return {
    write: (line) => {
      format ??= createRequire(import.meta.url)('pino-pretty').prettyFactory({
        colorize,
        translateTime: 'UTC:yyyy-mm-dd HH:MM:ss.l',
        ignore: 'pid,hostname',
        singleLine: true,
      }) as (line: string) => string;
      destination.write(format(line));
    },
  };
}
