/** What a setup did, kept on disk: the unprivileged agent reports it, and people read it. */
import { dirname, join } from 'node:path';
import type { AxisVerdict, Setup } from '@ptp-tester/measurement';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { MachineRoots } from '../sources/machine-roots.ts';
import { readText } from '../sources/read-text.ts';

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

/** Root's folder: whoever can write the journal in it decides what root writes when it is undone. */
export const SETUP_FOLDER = '/var/lib/ptp-tester-setup';
export const RESULT_NAME = 'result.json';

/** Of the last setup on this machine; null when there was none. */
export function readSetupResult(roots: MachineRoots): SetupResult | null {
  return parseSetupResult(readText(join(dirname(roots.etc), SETUP_FOLDER, RESULT_NAME)));
}

/** True whenever the result is another one than when last asked. */
export function setupWatch(roots: MachineRoots): () => boolean {
  const path = join(dirname(roots.etc), SETUP_FOLDER, RESULT_NAME);
  let known: string | null = null;
  return () => {
    const text = readText(path);
    const hasChanged = text !== known;
    known = text;
    return hasChanged;
  };
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
