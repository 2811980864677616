/** Finds and reads the spools of agents below a directory: `spool/*.seg` and `spool/ledger.json`. Reads only. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  parseSpoolLedger,
  type RecordHeader,
  readRecordHeader,
  readSegment,
  type SpoolLedger,
  WireError,
} from '@ptp-tester/wire';
import { NODE_CODEC } from '../store/node-codec-environment.ts';
import type { Spool, SpooledEpoch, SpooledRecord } from './verify-delivery.ts';

const LEDGER = 'ledger.json';
const SEGMENT_SUFFIX = '.seg';
/** `<instance root>/var/lib/ptp-tester/spool` with some folders above it. */
const MAX_DEPTH = 10;

export interface ReadSpoolsOptions {
  /** A spool, a state directory, or any directory above several of them. */
  readonly directory: string;
  /** Only spools of this run. */
  readonly run: string;
  /** A spool that cannot be read, or a segment's damaged end. */
  readonly onProblem: (path: string, reason: string) => void;
}

/** The spools of a run below a directory, one after another. Throws Node's error where the directory itself cannot be read. */
export function* readSpools(options: ReadSpoolsOptions): Generator<Spool> {
  for (const directory of findSpools(options.directory, MAX_DEPTH)) {
    const ledger = readLedger(directory, options);
    if (ledger !== null && ledger.run === options.run) yield readSpool(directory, ledger, options);
  }
}

function* findSpools(directory: string, depth: number): Generator<string> {
  const entries = readdirSync(directory, { withFileTypes: true });
  if (entries.some((entry) => entry.isFile() && entry.name === LEDGER)) {
    yield directory;
    return;
  }
  if (depth === 0) return;
  for (const entry of entries) {
    if (entry.isDirectory()) yield* findSpools(join(directory, entry.name), depth - 1);
  }
}

function readLedger(directory: string, { onProblem }: ReadSpoolsOptions): SpoolLedger | null {
  const path = join(directory, LEDGER);
  try {
    return parseSpoolLedger(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    onProblem(path, error.message);
    return null;
  }
}

function readSpool(directory: string, ledger: SpoolLedger, options: ReadSpoolsOptions): Spool {
  const records = new Map<string, SpooledRecord[]>();
  const names = readdirSync(directory).filter((name) => name.endsWith(SEGMENT_SUFFIX));
  for (const name of names.sort()) readSegmentFile(join(directory, name), { records, options });
  const known = new Set([...ledger.epochs.map(({ epoch }) => epoch), ...records.keys()]);
  const epochs = [...known].map((epoch) => epochOf(epoch, ledger, records.get(epoch) ?? []));
  return { run: ledger.run, instanceId: ledger.instance_id, epochs };
}

function readSegmentFile(
  path: string,
  { records, options }: { records: Map<string, SpooledRecord[]>; options: ReadSpoolsOptions },
): void {
  const file = readFileSync(path);
  const content = readSegment(file, NODE_CODEC);
  if (content.validBytes < file.length) {
    options.onProblem(path, `${file.length - content.validBytes} bytes at the end are torn or damaged`);
  }
  for (const bytes of content.records) {
    const header = readHeader(bytes, (reason) => options.onProblem(path, reason));
    if (header === null) continue;
    const { epoch, firstSequence, sequence } = header;
    const list = records.get(epoch);
    if (list === undefined) records.set(epoch, [{ firstSequence, sequence, bytes }]);
    else list.push({ firstSequence, sequence, bytes });
  }
}

/** Null for a record of a stream or version that is not known here; the agent takes it for damage too. */
function readHeader(bytes: Uint8Array, onProblem: (reason: string) => void): RecordHeader | null {
  try {
    return readRecordHeader(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    onProblem(error.message);
    return null;
  }
}

/** The ledger may be behind the segments: it is written after them. */
function epochOf(epoch: string, ledger: SpoolLedger, records: readonly SpooledRecord[]): SpooledEpoch {
  const entry = ledger.epochs.find((candidate) => candidate.epoch === epoch);
  const last = records.reduce((highest, { sequence }) => Math.max(highest, sequence), 0);
  return { epoch, produced: Math.max(entry?.through ?? 0, last), acked: entry?.acked ?? 0, records };
}
