// systemctl as the instance sees it: arguments to calls of the service manager, and systemctl's output and exit codes.
import type { ShimAnswer } from './metadata-service.ts';
import type { Service } from './service.ts';
import { type ServiceManager, UnitNotFoundError, unitName } from './service-manager.ts';
import { UnitFileError } from './unit-syntax.ts';

/** What systemctl asks of the power of the instance. */
export type PowerRequest = 'poweroff' | 'reboot';

interface Arguments {
  readonly verb: string;
  readonly units: readonly string[];
  readonly isNow: boolean;
  readonly isQuiet: boolean;
  readonly isValueOnly: boolean;
  readonly properties: readonly string[];
}

type Verb = (manager: ServiceManager, unit: string, args: Arguments) => Promise<ShimAnswer>;

const OK: ShimAnswer = { stdout: '', stderr: '', exitCode: 0 };
/** Exit codes of systemctl(1), after the LSB's. */
const EXIT_FAILED = 1;
const EXIT_NOT_ACTIVE = 3;
const EXIT_NO_SUCH_UNIT = 4;
const EXIT_NOT_LOADED = 5;

const VERBS: Readonly<Record<string, Verb>> = {
  cat: async (manager, unit) => ({ ...OK, stdout: `${await manager.unitText(unit)}\n` }),
  disable: async (manager, unit, { isNow }) => {
    await manager.disable(unit);
    if (isNow) await manager.stop(unit);
    return OK;
  },
  enable: async (manager, unit, { isNow, isQuiet }) => {
    const links = await manager.enable(unit);
    const stderr = isQuiet ? '' : links.map((link) => `Created symlink ${link}.\n`).join('');
    return isNow ? { ...(await start(manager, unit)), stderr } : { ...OK, stderr };
  },
  'is-active': (manager, unit) => Promise.resolve(stateAnswer(manager, unit, 'active')),
  'is-enabled': async (manager, unit) => {
    const isEnabled = await manager.isEnabled(unit);
    return { ...OK, stdout: isEnabled ? 'enabled\n' : 'disabled\n', exitCode: isEnabled ? 0 : EXIT_FAILED };
  },
  'is-failed': (manager, unit) => Promise.resolve(stateAnswer(manager, unit, 'failed')),
  reenable: async (manager, unit) => {
    await manager.disable(unit);
    await manager.enable(unit);
    return OK;
  },
  'reset-failed': (manager, unit) => {
    manager.find(unit)?.resetFailed();
    return Promise.resolve(OK);
  },
  restart: async (manager, unit) => {
    await manager.stop(unit);
    return await start(manager, unit);
  },
  show: async (manager, unit, args) => ({ ...OK, stdout: await shown(manager, unit, args) }),
  start,
  status: async (manager, unit) => {
    const service = manager.find(unit);
    await manager.unitText(unit);
    const state = service?.state ?? 'inactive';
    const pid = service?.mainPid ?? 0;
    const lines = [`* ${unitName(unit)}`, `     Active: ${state}`, ...(pid > 0 ? [`   Main PID: ${pid}`] : [])];
    return { ...OK, stdout: `${lines.join('\n')}\n`, exitCode: state === 'active' ? 0 : EXIT_NOT_ACTIVE };
  },
  stop: async (manager, unit) => {
    await manager.stop(unit);
    return OK;
  },
  'try-restart': async (manager, unit) => {
    if (manager.find(unit)?.state !== 'active') return OK;
    await manager.stop(unit);
    return await start(manager, unit);
  },
};

/** Runs systemctl. Power verbs are handed back: they concern the instance, not a service. */
export async function runSystemctl(
  manager: ServiceManager,
  words: readonly string[],
): Promise<ShimAnswer | PowerRequest> {
  const args = parseArguments(words);
  switch (args.verb) {
    case 'poweroff':
    case 'halt':
      return 'poweroff';
    case 'reboot':
    case 'kexec':
      return 'reboot';
    case 'daemon-reload':
    case 'daemon-reexec':
      // Unit files are read when a unit is started.
      return OK;
    case 'list-units':
      return {
        ...OK,
        stdout: manager
          .list()
          .map((service) => `${service.unit.name} loaded ${service.state}\n`)
          .join(''),
      };
    case 'is-system-running':
      return { ...OK, stdout: 'running\n' };
    default:
      return await runOnUnits(manager, args);
  }
}

async function runOnUnits(manager: ServiceManager, args: Arguments): Promise<ShimAnswer> {
  const verb = Object.hasOwn(VERBS, args.verb) ? VERBS[args.verb] : undefined;
  if (verb === undefined)
    return fail(EXIT_FAILED, `Unknown command verb '${args.verb}' (local-ec2 knows the common ones).`);
  if (args.verb === 'reset-failed' && args.units.length === 0) {
    for (const service of manager.list()) service.resetFailed();
    return OK;
  }
  if (args.units.length === 0) return fail(EXIT_FAILED, 'Too few arguments.');
  const answers: ShimAnswer[] = [];
  for (const unit of args.units) answers.push(await runOnUnit(manager, { verb, unit, args }));
  return {
    stdout: args.isQuiet ? '' : answers.map(({ stdout }) => stdout).join(''),
    stderr: answers.map(({ stderr }) => stderr).join(''),
    exitCode: answers.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0,
  };
}

async function runOnUnit(
  manager: ServiceManager,
  call: { verb: Verb; unit: string; args: Arguments },
): Promise<ShimAnswer> {
  try {
    return await call.verb(manager, call.unit, call.args);
  } catch (error) {
    if (error instanceof UnitNotFoundError) {
      const isQuestion = ['status', 'is-enabled'].includes(call.args.verb);
      return fail(isQuestion ? EXIT_NO_SUCH_UNIT : EXIT_NOT_LOADED, error.message);
    }
    if (error instanceof UnitFileError) return fail(EXIT_FAILED, error.message);
    throw error;
  }
}

async function start(manager: ServiceManager, unit: string): Promise<ShimAnswer> {
  if (await manager.start(unit)) return OK;
  return fail(EXIT_FAILED, `Job for ${unitName(unit)} failed. See "journalctl -u ${unitName(unit)}" for details.`);
}

function stateAnswer(manager: ServiceManager, unit: string, wanted: Service['state']): ShimAnswer {
  const state = manager.find(unit)?.state ?? 'inactive';
  return { ...OK, stdout: `${state}\n`, exitCode: state === wanted ? 0 : EXIT_NOT_ACTIVE };
}

async function shown(manager: ServiceManager, unit: string, args: Arguments): Promise<string> {
  const service = manager.find(unit);
  const exists = await manager.exists(unit);
  const values: Record<string, string> = {
    Id: unitName(unit),
    LoadState: exists ? 'loaded' : 'not-found',
    UnitFileState: exists && (await manager.isEnabled(unit)) ? 'enabled' : 'disabled',
    ActiveState: service?.state ?? 'inactive',
    MainPID: String(service?.mainPid ?? 0),
    NRestarts: String(service?.restarts ?? 0),
    InvocationID: service?.invocationId ?? '',
    ExecMainStatus: String(service?.lastEnd?.code ?? 0),
  };
  const names = args.properties.length > 0 ? args.properties : Object.keys(values);
  return names.map((name) => `${args.isValueOnly ? '' : `${name}=`}${values[name] ?? ''}\n`).join('');
}

function parseArguments(words: readonly string[]): Arguments {
  const plain: string[] = [];
  const properties: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-p' || word === '--property') properties.push(...(rest.shift() ?? '').split(','));
    else if (word.startsWith('--property=')) properties.push(...word.slice('--property='.length).split(','));
    else if (!word.startsWith('-')) plain.push(word);
  }
  return {
    verb: plain[0] ?? 'list-units',
    units: plain.slice(1),
    isNow: words.includes('--now'),
    isQuiet: words.includes('-q') || words.includes('--quiet'),
    isValueOnly: words.includes('--value'),
    properties,
  };
}

function fail(exitCode: number, text: string): ShimAnswer {
  return { stdout: '', stderr: `${text}\n`, exitCode };
}
