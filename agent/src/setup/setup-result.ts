/** What a setup did, kept on disk: the unprivileged agent reports it, and people read it. */
import { dirname, join } from 'node:path';
import type { AxisVerdict, Setup } from '@ptp-tester/measurement';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { MachineRoots } from '../sources/machine-roots.ts';
import { readText } from '../sources/read-text.ts';
import type { Host } from './host.ts';

const closed = { additionalProperties: false } as const;

/** `unchanged`: it was so already. `skipped`: not wanted, or nothing to do here. */
const StepOutcome = Type.Enum(['changed', 'unchanged', 'skipped', 'failed']);

export const StepResult = Type.Object(
  {
    name: Type.String({ maxLength: 64 }),
    outcome: StepOutcome,
    /** What was found or done, with the words of the tool that said so. */
    detail: Type.String({ maxLength: 4096 }),
    took_ms: Type.Number({ minimum: 0 }),
  },
  closed,
);
export type StepResult = Static<typeof StepResult>;

export const SetupResult = Type.Object(
  {
    version: Type.Literal(1),
    boot_id: Type.String({ maxLength: 64 }),
    steps: Type.Array(StepResult, { maxItems: 64 }),
    setup: Type.Object(
      { value: Type.Enum(['locked', 'failed', 'rolled_back', 'not_attempted']), reason: Type.String() },
      closed,
    ),
    /** The driver's words that this device has no PHC at all; absent without such evidence. */
    device_has_no_phc: Type.Optional(Type.String({ maxLength: 4096 })),
  },
  closed,
);
export type SetupResult = Static<typeof SetupResult>;

/** The step that waits for chronyd to select the PHC. */
export const SELECTION_STEP = 'phc_selected';

/** Root's folder: whoever can write the journal in it decides what root writes when it is undone. */
export const SETUP_FOLDER = '/var/lib/ptp-tester-setup';
/** Root's too, in memory: a result that the disk does not take is here until the next boot, or the next one that it takes. */
const VOLATILE_FOLDER = '/run/ptp-tester-setup';
const RESULT_NAME = 'result.json';
/** The first that is there is the newest. */
const RESULTS = [join(VOLATILE_FOLDER, RESULT_NAME), join(SETUP_FOLDER, RESULT_NAME)] as const;

/** Of the last setup on this machine; null when there was none. */
export function readSetupResult(roots: MachineRoots): SetupResult | null {
  return parseSetupResult(readResult(roots));
}

/** Whether it put chrony back because chronyd did not select the PHC in time: the PHC may have been away just then. */
export function gaveUpOnSelection({ setup, steps }: SetupResult): boolean {
  const last = steps.at(-1);
  return setup.value === 'rolled_back' && last?.name === SELECTION_STEP && last.outcome === 'failed';
}

/** True whenever the result is another one than when last asked. */
export function setupWatch(roots: MachineRoots): () => boolean {
  let known: string | null = null;
  return () => {
    const text = readResult(roots);
    const hasChanged = text !== known;
    known = text;
    return hasChanged;
  };
}

/** On the disk, or in memory when the disk takes nothing. Rejects when there is no room in either. */
export async function writeSetupResult(result: SetupResult, host: Host): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(result, null, 1)}\n`);
  const [inMemory, onDisk] = RESULTS;
  try {
    await host.writeFile(onDisk, bytes);
  } catch (cause) {
    await host.writeFile(inMemory, bytes).catch((error: unknown) => {
      throw new AggregateError(
        [cause, error],
        'the result of the setup could be stored neither on the disk nor in memory',
      );
    });
    return;
  }
  await host.removeFile(inMemory);
}

export async function removeSetupResult(host: Host): Promise<void> {
  for (const path of RESULTS) await host.removeFile(path);
}

function readResult(roots: MachineRoots): string | null {
  const root = dirname(roots.etc);
  return RESULTS.map((path) => readText(join(root, path))).find((text) => text !== null) ?? null;
}

/** Null for anything that is not a result of this version. */
function parseSetupResult(text: string | null): SetupResult | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(SetupResult, value) ? value : null;
  } catch {
    return null;
  }
}

export type SetupVerdict = AxisVerdict<Setup>;
