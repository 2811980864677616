// A stand-in for curl, for instances on a machine that has none: the options that user data uses, over fetch.
// It knows no --cacert; a request that needs one is refused instead of being made without it.
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/** Exit codes of curl(1). */
const EXIT_USAGE = 2;
const EXIT_CONNECT = 7;
const EXIT_HTTP = 22;
const EXIT_TIMEOUT = 28;
const HTTP_ERROR = 400;

const OPTIONS = {
  request: { type: 'string', short: 'X' },
  header: { type: 'string', short: 'H', multiple: true, default: [] as string[] },
  data: { type: 'string', short: 'd' },
  output: { type: 'string', short: 'o' },
  'max-time': { type: 'string', short: 'm' },
  'connect-timeout': { type: 'string' },
  retry: { type: 'string', default: '0' },
  'retry-delay': { type: 'string', default: '1' },
  'retry-connrefused': { type: 'boolean' },
  'retry-all-errors': { type: 'boolean' },
  fail: { type: 'boolean', short: 'f', default: false },
  silent: { type: 'boolean', short: 's', default: false },
  'show-error': { type: 'boolean', short: 'S' },
  location: { type: 'boolean', short: 'L', default: false },
} as const;

type Options = ReturnType<typeof parse>['values'];

process.exitCode = await main();

async function main(): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(process.argv.slice(2));
  } catch (error) {
    return fail(EXIT_USAGE, error);
  }
  const { values, positionals } = parsed;
  const [url] = positionals;
  if (url === undefined || positionals.length > 1) return fail(EXIT_USAGE, 'exactly one URL is expected');
  let code = await request(url, values);
  for (let attempt = Number(values.retry); code !== 0 && attempt > 0; attempt -= 1) {
    await new Promise((resolve) => setTimeout(resolve, Number(values['retry-delay']) * 1000));
    code = await request(url, values);
  }
  return code;
}

function parse(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true, strict: true });
}

async function request(url: string, options: Options): Promise<number> {
  try {
    const response = await fetch(url, await requestInit(options));
    if (options.fail && response.status >= HTTP_ERROR) {
      return fail(EXIT_HTTP, `The requested URL returned error: ${response.status}`);
    }
    const body = new Uint8Array(await response.arrayBuffer());
    if (options.output === undefined) process.stdout.write(body);
    else await writeFile(options.output, body);
    return 0;
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return fail(isTimeout ? EXIT_TIMEOUT : EXIT_CONNECT, error);
  }
}

async function requestInit(options: Options): Promise<RequestInit> {
  const headers = options.header.map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  const maxSeconds = options['max-time'];
  return {
    method: options.request ?? (options.data === undefined ? 'GET' : 'POST'),
    headers,
    redirect: options.location ? 'follow' : 'manual',
    ...(options.data === undefined ? {} : { body: await dataOf(options.data) }),
    ...(maxSeconds === undefined ? {} : { signal: AbortSignal.timeout(Number(maxSeconds) * 1000) }),
  };
}

async function dataOf(text: string): Promise<string> {
  return text.startsWith('@') ? await readFile(text.slice(1), 'utf8') : text;
}

function fail(code: number, error: unknown): number {
  process.stderr.write(`curl: (${code}) ${error instanceof Error ? error.message : String(error)}\n`);
  return code;
}
