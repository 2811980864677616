/** `agent setup` and `agent undo`: the plan's setup with root's rights, and its undoing. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NativeClocks } from '@ptp-tester/native';
import { choosePhc, findPhcs } from '@ptp-tester/phc';
import { Plan } from '@ptp-tester/wire';
import { Value } from 'typebox/value';
import { carryOutRepair } from '../repair/carry-out-repair.ts';
import { MACHINE_ROOTS } from '../sources/machine-roots.ts';
import { errorCode } from '../sources/read-text.ts';
import { readStateFile } from '../state-file.ts';
import { findChronyUnit, rollBackChrony } from './chrony-steps.ts';
import { readEnaDriver } from './ena-driver.ts';
import { type Host, readHostText } from './host.ts';
import { initramfsWithEna, renewCommand } from './initramfs.ts';
import { Journal } from './journal.ts';
import { NODE_HOST } from './node-host.ts';
import { forgetReload } from './reload-driver.ts';
import { runSetup } from './run-setup.ts';
import {
  readSetupResult,
  removeSetupResult,
  SETUP_FOLDER,
  type SetupResult,
  writeSetupResult,
} from './setup-result.ts';
import { SETUP_UNIT } from './setup-texts.ts';
import { UNITS_TO_START, unitFiles } from './setup-units.ts';

const JOURNAL = join(SETUP_FOLDER, 'journal.json');
const READABLE_FOLDER = 0o755;
const MS_PER_S = 1000;

export interface SetupCommandOptions {
  /** Where the agent keeps its plan. */
  readonly stateDir: string;
  /** The agent file, for the unit that undoes at boot. */
  readonly agentPath: string;
  /** For people who read the unit's log. */
  readonly say: (text: string) => void;
}

/** Bit of CAP_SYS_TIME (linux/capability.h). */
const CAP_SYS_TIME = 25n;

/** Root of a container may not set the clock: it is the clock of the machine around it, which is not ours. */
export async function mayChangeMachine(host: Host = NODE_HOST): Promise<boolean> {
  const status = await readHostText(host, '/proc/self/status');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_SYS_TIME) & 1n) === 1n;
}

/** Null when the agent has no plan yet, or one without a setup. */
export async function setupCommand(options: SetupCommandOptions, native: NativeClocks): Promise<SetupResult | null> {
  const plan: unknown = await readStateFile(join(options.stateDir, 'plan.json'));
  if (!Value.Check(Plan, plan) || plan.setup === undefined) return null;
  const { phc } = plan.sources;
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const noFolder = await makeSetupFolder();
  if (noFolder !== null) {
    const result = withoutFolder(noFolder, bootId);
    await writeSetupResult(result, NODE_HOST);
    return result;
  }
  if (plan.setup.configure_chrony) {
    const repair = { stateDir: options.stateDir, folder: SETUP_FOLDER, bootId };
    const done = await carryOutRepair(repair, NODE_HOST);
    if (done !== null) options.say(done.said);
    if (done?.endsHere === true) return readSetupResult(MACHINE_ROOTS);
  }
  const journal = new Journal(JOURNAL, NODE_HOST);
  await journal.read();
  const context = {
    plan: plan.setup,
    ownReadsPerS: phc === undefined ? 0 : (phc.readings * MS_PER_S) / phc.interval_ms,
    folder: SETUP_FOLDER,
    undoCommand: `${options.agentPath} undo --chrony-only`,
    host: NODE_HOST,
    journal,
    roots: MACHINE_ROOTS,
    readDriver: () => readEnaDriver({ roots: MACHINE_ROOTS, native }),
    findClock: () => choosePhc(findPhcs()),
    earlier: readSetupResult(MACHINE_ROOTS)?.setup ?? null,
    clock: null,
    restartNeeded: false,
    whyNotEnabled: null,
  };
  const result = await runSetup(context, bootId);
  await writeSetupResult(result, NODE_HOST);
  return result;
}

/** Null when it is there, or why it cannot be. Not `recursive`: on a read-only disk Node then says ENOENT, which is not the reason. */
async function makeSetupFolder(): Promise<string | null> {
  try {
    await mkdir(SETUP_FOLDER, { mode: READABLE_FOLDER });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return error instanceof Error ? error.message : String(error);
  }
  return null;
}

/** Nothing is changed that could not be undone. */
function withoutFolder(why: string, bootId: string): SetupResult {
  const reason = `Nothing was configured, as it could not be recorded for the undo: ${why}`;
  return { version: 1, boot_id: bootId, steps: [], setup: { value: 'failed', reason } };
}

/** Restores every file. Returns what could not be made good, or null. */
export async function undoCommand(): Promise<string | null> {
  // What it writes after the undo would stay.
  await NODE_HOST.run('systemctl', ['stop', SETUP_UNIT]);
  const journal = new Journal(JOURNAL, NODE_HOST);
  const problem = (await journal.read()).length === 0 ? null : await undoAll(journal);
  await forgetReload({ host: NODE_HOST, folder: SETUP_FOLDER });
  await removeSetupResult(NODE_HOST);
  return problem;
}

async function undoAll(journal: Journal): Promise<string | null> {
  const hadChrony = (await findChronyUnit(NODE_HOST)) !== null;
  const renew = (await journal.has('driver')) ? await initramfsWithEna(NODE_HOST) : null;
  const problem = hadChrony ? await rollBackChrony({ host: NODE_HOST, journal }) : null;
  await journal.undo(['driver', 'device', 'chrony']);
  if (renew !== null) await NODE_HOST.run(...renewCommand(renew));
  await NODE_HOST.run('udevadm', ['control', '--reload']);
  await NODE_HOST.run('udevadm', ['trigger', '--action=change', '--subsystem-match=ptp']);
  return problem;
}

/** From chronyd's own start, when the device is missing: only files, chronyd comes up by itself afterwards. */
export async function undoBeforeChronyd(): Promise<void> {
  await new Journal(JOURNAL, NODE_HOST).undo(['chrony']);
  const result = readSetupResult(MACHINE_ROOTS);
  if (result === null) return;
  const reason = 'The PHC was missing when chronyd started; the previous configuration is back.';
  await writeSetupResult({ ...result, setup: { value: 'rolled_back', reason } }, NODE_HOST);
}

/** Puts the units in place that run the setup whenever the agent has stored a plan, and starts them. */
export async function installUnits(
  options: Omit<SetupCommandOptions, 'say'> & { readonly configPath: string },
): Promise<void> {
  for (const [name, text] of Object.entries(unitFiles(options))) {
    await NODE_HOST.writeFile(join('/etc/systemd/system', name), new TextEncoder().encode(text));
  }
  for (const args of [['daemon-reload'], ['enable', '--now', '--no-block', ...UNITS_TO_START]]) {
    const result = await NODE_HOST.run('systemctl', args);
    if (result.kind !== 'ran' || result.exitCode !== 0) throw new Error(`systemctl ${args.join(' ')} failed`);
  }
}
