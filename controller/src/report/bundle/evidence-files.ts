/** Evidence as files: the parts that agents sent, put together again, each under its instance (pure). */
import type { StoredEvent } from '../../store/sample-store.ts';

export interface EvidenceFile {
  readonly instanceId: string;
  /** As the agent called it: `at_start modinfo ena`. */
  readonly name: string;
  readonly text: string;
}

/** Four parts of 8000 characters are what an agent sends; a broken one must not fill the memory. */
const MOST_CHARACTERS = 65_536;
const MOST_FILES_OF_INSTANCE = 200;
const PART = /^(.*) \((\d+) of \d+\)$/;

/** In the order in which they came; what was collected again after a restart replaces what was there. */
export function evidenceFiles(events: Iterable<StoredEvent>): EvidenceFile[] {
  const byInstance = new Map<string, Map<string, string>>();
  for (const { event, instanceId, detail } of events) {
    const { name, text } = detail;
    if (event !== 'evidence_collected' || typeof name !== 'string' || typeof text !== 'string') continue;
    const texts = byInstance.get(instanceId) ?? new Map<string, string>();
    byInstance.set(instanceId, texts);
    addPart(texts, name, text);
  }
  return [...byInstance].flatMap(([instanceId, texts]) =>
    Array.from(texts, ([name, text]) => ({ instanceId, name, text })),
  );
}

function addPart(texts: Map<string, string>, called: string, text: string): void {
  const [, name = called, part = '1'] = PART.exec(called) ?? [];
  if (!texts.has(name) && texts.size >= MOST_FILES_OF_INSTANCE) return;
  const before = part === '1' ? '' : (texts.get(name) ?? '');
  texts.set(name, `${before}${text}`.slice(0, MOST_CHARACTERS));
}

/** What the probe of the read window found; null where there is none. */
export interface ReadWindowSummary {
  readonly simulated: boolean;
  /** Readings a second that the PHC gave without a refusal, beside chronyd's; null: not even the lowest rate. */
  readonly highest_rate_per_s: number | null;
  /** The rate that was refused; null: none up to the highest that was tried. */
  readonly refused_rate_per_s: number | null;
}

interface ProbeStep {
  readonly wanted_per_s: number;
  readonly refused: string | null;
}

export function readWindowOf(files: readonly EvidenceFile[]): ReadWindowSummary | null {
  const text = files.find(({ name }) => name === 'at_end read window')?.text;
  const probe = text === undefined ? null : parseProbe(text);
  if (probe === null) return null;
  const good = probe.steps.filter(({ refused }) => refused === null);
  return {
    simulated: probe.simulated,
    highest_rate_per_s: good.at(-1)?.wanted_per_s ?? null,
    refused_rate_per_s: probe.steps.find(({ refused }) => refused !== null)?.wanted_per_s ?? null,
  };
}

/** The text comes from an instance: anything may be in it. */
function parseProbe(text: string): { readonly simulated: boolean; readonly steps: readonly ProbeStep[] } | null {
  try {
    const value: { simulated?: unknown; steps?: unknown } | null = JSON.parse(text);
    if (!Array.isArray(value?.steps) || !value.steps.every(isStep)) return null;
    return { simulated: value.simulated === true, steps: value.steps };
  } catch {
    return null;
  }
}

function isStep(step: unknown): step is ProbeStep {
  if (typeof step !== 'object' || step === null || !('wanted_per_s' in step) || !('refused' in step)) return false;
  return typeof step.wanted_per_s === 'number' && (step.refused === null || typeof step.refused === 'string');
}

/** For a file: `at_end-chronyc-n-tracking.txt`. */
export function evidenceFileName(name: string): string {
  const slug = name
    .replaceAll(/[^A-Za-z0-9_.]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50);
  return `${slug === '' ? 'unnamed' : slug}.txt`;
}
