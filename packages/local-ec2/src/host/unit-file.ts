// systemd unit files: the part of systemd.unit(5), systemd.service(5) and systemd.exec(5) that the mini service manager knows.
import { parseTimeSpan, readSettings, splitWords, UnitFileError } from './unit-syntax.ts';

/** A service as its unit file describes it. */
export interface ServiceUnit {
  readonly name: string;
  readonly description: string;
  readonly type: 'simple' | 'oneshot';
  readonly remainAfterExit: boolean;
  readonly execStartPre: readonly ExecLine[];
  readonly execStart: readonly ExecLine[];
  readonly execStop: readonly ExecLine[];
  readonly restart: RestartPolicy;
  /** Milliseconds. */
  readonly restartDelayMs: number;
  /** Milliseconds between SIGTERM and SIGKILL at stop. */
  readonly stopTimeoutMs: number;
  readonly environment: Readonly<Record<string, string>>;
  /** A leading `-` in the file means: may be absent. */
  readonly environmentFiles: readonly { readonly path: string; readonly mayBeAbsent: boolean }[];
  readonly workingDirectory: string | undefined;
  /** Octal digits. */
  readonly umask: string | undefined;
  /** Only an isolation that can change the identity of a process obeys it. */
  readonly identity: ProcessIdentity;
  /** Whether its output goes to the console, too. */
  readonly showsOnConsole: boolean;
  readonly successCodes: readonly number[];
  readonly neverRestartCodes: readonly number[];
  /** At most this many starts in the interval; 0 means no limit. */
  readonly startLimit: { readonly burst: number; readonly intervalMs: number };
  /** Units that start with it. */
  readonly wants: readonly string[];
}

/** Who a process of a service is, and what it may become. */
export interface ProcessIdentity {
  /** Name or number; root when undefined. */
  readonly user: string | undefined;
  /** The user's own group when undefined. */
  readonly group: string | undefined;
  readonly noNewPrivileges: boolean;
  /** `CapabilityBoundingSet=` with nothing in it. */
  readonly hasNoCapabilities: boolean;
}

/** A command line of a unit. */
export interface ExecLine {
  readonly words: readonly string[];
  /** The `+` and `!` prefixes: run as root whatever the unit's user. */
  readonly isPrivileged: boolean;
  /** The `-` prefix: a failure counts as success. */
  readonly mayFail: boolean;
}

/** When to start it again (systemd.service(5), "Restart="). */
export type RestartPolicy = 'no' | 'always' | 'on-success' | 'on-failure' | 'on-abnormal' | 'on-abort';

const RESTART_POLICIES: readonly string[] = ['no', 'always', 'on-success', 'on-failure', 'on-abnormal', 'on-abort'];
/** Types that report readiness by themselves are taken as started when their process runs. */
const SIMPLE_TYPES = ['simple', 'exec', 'notify', 'notify-reload', 'idle'];
/** systemd-system.conf(5): DefaultStartLimitIntervalSec, DefaultStartLimitBurst, DefaultRestartSec, DefaultTimeoutStopSec. */
const DEFAULT_START_LIMIT_INTERVAL = '10s';
const DEFAULT_START_LIMIT_BURST = '5';
const DEFAULT_RESTART_DELAY = '100ms';
const DEFAULT_STOP_TIMEOUT = '90s';

/** Parses a service's unit file. Unknown settings are ignored, as systemd does. @throws UnitFileError */
export function parseUnitFile(name: string, text: string): ServiceUnit {
  const settings = readSettings(text);
  const all = (key: string) => settings.get(key) ?? [];
  const last = (key: string, fallback: string) => all(key).at(-1) ?? fallback;
  const specifiers = specifiersOf(name);
  const lines = (key: string) => all(key).map((line) => parseExecLine(expandSpecifiers(line, specifiers)));
  const type = last('Service.Type', 'simple');
  const execStart = lines('Service.ExecStart');
  checkStart({ name, type, count: execStart.length });
  return {
    name,
    description: last('Unit.Description', name),
    type: type === 'oneshot' ? 'oneshot' : 'simple',
    remainAfterExit: isYes(last('Service.RemainAfterExit', 'no')),
    execStartPre: lines('Service.ExecStartPre'),
    execStart,
    execStop: lines('Service.ExecStop'),
    restart: restartPolicy(last('Service.Restart', 'no')),
    restartDelayMs: parseTimeSpan(last('Service.RestartSec', DEFAULT_RESTART_DELAY)),
    stopTimeoutMs: parseTimeSpan(last('Service.TimeoutStopSec', DEFAULT_STOP_TIMEOUT)),
    environment: environmentOf(all('Service.Environment').map((line) => expandSpecifiers(line, specifiers))),
    environmentFiles: all('Service.EnvironmentFile').map((path) => ({
      path: path.replace(/^-/, ''),
      mayBeAbsent: path.startsWith('-'),
    })),
    workingDirectory: all('Service.WorkingDirectory').at(-1),
    umask: umaskOf(all('Service.UMask').at(-1)),
    identity: {
      user: all('Service.User').at(-1),
      group: all('Service.Group').at(-1),
      noNewPrivileges: isYes(last('Service.NoNewPrivileges', 'no')),
      hasNoCapabilities: settings.get('Service.CapabilityBoundingSet')?.length === 0,
    },
    showsOnConsole: /\bconsole\b/.test(last('Service.StandardOutput', 'journal')),
    successCodes: codesOf(all('Service.SuccessExitStatus')),
    neverRestartCodes: codesOf(all('Service.RestartPreventExitStatus')),
    startLimit: {
      burst: Number(last('Unit.StartLimitBurst', DEFAULT_START_LIMIT_BURST)),
      intervalMs: parseTimeSpan(last('Unit.StartLimitIntervalSec', DEFAULT_START_LIMIT_INTERVAL)),
    },
    wants: [...all('Unit.Wants'), ...all('Unit.Requires'), ...all('Unit.BindsTo')].flatMap((line) => line.split(/\s+/)),
  };
}

/** The targets that an `enable` links the unit into. */
export function installTargets(text: string): string[] {
  const settings = readSettings(text);
  const lines = [...(settings.get('Install.WantedBy') ?? []), ...(settings.get('Install.RequiredBy') ?? [])];
  return lines.flatMap((line) => line.split(/\s+/)).filter((target) => target !== '');
}

function checkStart(unit: { name: string; type: string; count: number }): void {
  const { name, type, count } = unit;
  if (type !== 'oneshot' && !SIMPLE_TYPES.includes(type)) {
    throw new UnitFileError(`${name}: local-ec2 does not know Type=${type}`);
  }
  if (count === 0) throw new UnitFileError(`${name}: Service has no ExecStart=. Refusing.`);
  if (count > 1 && type !== 'oneshot') {
    throw new UnitFileError(
      `${name}: Service has more than one ExecStart= setting, which is only allowed for Type=oneshot. Refusing.`,
    );
  }
}

function parseExecLine(line: string): ExecLine {
  const [, prefix = '', rest = ''] = /^([-@:+!|]*)(.*)$/s.exec(line) ?? [];
  const words = splitWords(rest);
  if (words.length === 0) throw new UnitFileError(`not a command line: ${line}`);
  return { words, isPrivileged: /[+!]/.test(prefix), mayFail: prefix.includes('-') };
}

function specifiersOf(name: string): Readonly<Record<string, string>> {
  const base = name.replace(/\.service$/, '');
  const [prefix = '', instance = ''] = base.split('@');
  return { n: name, N: base, p: prefix, i: instance, '%': '%' };
}

function expandSpecifiers(text: string, specifiers: Readonly<Record<string, string>>): string {
  return text.replace(/%(.)/g, (whole, letter: string) => specifiers[letter] ?? whole);
}

function environmentOf(lines: readonly string[]): Record<string, string> {
  const pairs = lines.flatMap(splitWords).map((word) => {
    const at = word.indexOf('=');
    return at < 1 ? undefined : ([word.slice(0, at), word.slice(at + 1)] as const);
  });
  return Object.fromEntries(pairs.filter((pair) => pair !== undefined));
}

function restartPolicy(text: string): RestartPolicy {
  if (!RESTART_POLICIES.includes(text)) throw new UnitFileError(`local-ec2 does not know Restart=${text}`);
  return text as RestartPolicy;
}

function umaskOf(text: string | undefined): string | undefined {
  if (text !== undefined && !/^0?[0-7]{1,4}$/.test(text)) throw new UnitFileError(`not a file mode: UMask=${text}`);
  return text;
}

function codesOf(lines: readonly string[]): number[] {
  return lines
    .flatMap((line) => line.split(/\s+/))
    .map(Number)
    .filter(Number.isInteger);
}

function isYes(text: string): boolean {
  return ['1', 'yes', 'true', 'on'].includes(text.toLowerCase());
}
