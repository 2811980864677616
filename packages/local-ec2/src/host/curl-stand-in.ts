// A stand-in for curl, for instances on a machine that has none: the options that user data uses.
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

/** Exit codes of curl(1). */
const EXIT = { usage: 2, connect: 7, http: 22, write: 23, timeout: 28, redirects: 47, certificate: 60 } as const;
const MAX_REDIRECTS = 10;

const OPTIONS = {
  request: { type: 'string', short: 'X' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  'data-binary': { type: 'string' },
  output: { type: 'string', short: 'o' },
  cacert: { type: 'string' },
  'max-time': { type: 'string', short: 'm' },
  'connect-timeout': { type: 'string' },
  retry: { type: 'string' },
  'retry-delay': { type: 'string' },
  'retry-max-time': { type: 'string' },
  'retry-connrefused': { type: 'boolean' },
  'retry-all-errors': { type: 'boolean' },
  fail: { type: 'boolean', short: 'f' },
  silent: { type: 'boolean', short: 's' },
  'show-error': { type: 'boolean', short: 'S' },
  location: { type: 'boolean', short: 'L' },
  // TLS at least 1.2 and HTTP/1.1 are what Node does anyway.
  'tlsv1.2': { type: 'boolean' },
  'tlsv1.3': { type: 'boolean' },
  'http1.1': { type: 'boolean' },
  proto: { type: 'string' },
} as const;

type Options = ReturnType<typeof parse>['values'];

/** A failure with curl's exit code for it. */
class CurlError extends Error {
  readonly code: (typeof EXIT)[keyof typeof EXIT];

  constructor(code: (typeof EXIT)[keyof typeof EXIT], message: string) {
    super(message);
    this.code = code;
  }
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parse(args);
    const [url] = positionals;
    if (url === undefined || positionals.length > 1) throw new CurlError(EXIT.usage, 'exactly one URL is expected');
    await fetchWithRetries(new URL(url), values);
    return 0;
  } catch (error) {
    const code = error instanceof CurlError ? error.code : EXIT.usage;
    process.stderr.write(`curl: (${code}) ${error instanceof Error ? error.message : String(error)}\n`);
    return code;
  }
}

function parse(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true, strict: true });
}

async function fetchWithRetries(url: URL, options: Options): Promise<void> {
  for (let left = Number(options.retry ?? 0); ; left -= 1) {
    try {
      await fetchOnce(url, options);
      return;
    } catch (error) {
      if (left <= 0 || (error instanceof CurlError && error.code === EXIT.certificate)) throw error;
      await sleep(Number(options['retry-delay'] ?? 1) * 1000);
    }
  }
}

async function fetchOnce(url: URL, options: Options): Promise<void> {
  const seconds = options['max-time'];
  const signal = seconds === undefined ? undefined : AbortSignal.timeout(Number(seconds) * 1000);
  try {
    const response = await followed(url, options, signal);
    const status = response.statusCode ?? 0;
    if (options.fail === true && status >= 400) {
      response.resume();
      throw new CurlError(EXIT.http, `The requested URL returned error: ${status}`);
    }
    if (options.output === undefined) for await (const chunk of response) process.stdout.write(chunk);
    else await pipeline(response, createWriteStream(options.output));
  } catch (error) {
    throw asCurlError(error, signal);
  }
}

async function followed(url: URL, options: Options, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  let target = url;
  for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
    const response = await send(target, options, signal);
    const { location } = response.headers;
    if (options.location !== true || location === undefined || (response.statusCode ?? 0) < 300) return response;
    response.resume();
    target = new URL(location, target);
  }
  throw new CurlError(EXIT.redirects, `Maximum (${MAX_REDIRECTS}) redirects followed`);
}

async function send(url: URL, options: Options, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  const body = await bodyOf(options);
  const settings: RequestOptions & { ca?: Buffer } = {
    method: options.request ?? (body === undefined ? 'GET' : 'POST'),
    headers: headersOf(options, body),
    ...(signal === undefined ? {} : { signal }),
    ...(options.cacert === undefined ? {} : { ca: await readFile(options.cacert) }),
  };
  return await new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, settings, resolve);
    request.on('error', reject);
    const seconds = options['connect-timeout'];
    if (seconds !== undefined) limitConnecting(request, Number(seconds) * 1000);
    request.end(body);
  });
}

function limitConnecting(request: ReturnType<typeof httpRequest>, timeoutMs: number): void {
  const timer = setTimeout(() => request.destroy(new CurlError(EXIT.timeout, 'Connection timed out')), timeoutMs);
  request.on('close', () => clearTimeout(timer));
  request.on('socket', (socket) => socket.once('connect', () => clearTimeout(timer)));
}

function headersOf(options: Options, body: Uint8Array | undefined): Record<string, string> {
  const given = (options.header ?? []).map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
  });
  const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  return { 'user-agent': 'curl/8 (local-ec2 stand-in)', accept: '*/*', ...type, ...Object.fromEntries(given) };
}

async function bodyOf(options: Options): Promise<Uint8Array | undefined> {
  const text = options.data ?? options['data-binary'];
  if (text === undefined) return undefined;
  return text.startsWith('@') ? await readFile(text.slice(1)) : Buffer.from(text);
}

function asCurlError(error: unknown, signal: AbortSignal | undefined): CurlError {
  if (error instanceof CurlError) return error;
  if (signal?.aborted === true) return new CurlError(EXIT.timeout, 'Operation timed out');
  const { code = '', syscall = '', message } = error as NodeJS.ErrnoException;
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return new CurlError(EXIT.certificate, message);
  return new CurlError(syscall === 'open' || syscall === 'write' ? EXIT.write : EXIT.connect, message);
}
