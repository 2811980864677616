/** Reads a spool's folder after a start: cuts torn ends, marks what cannot be read, and makes each epoch's sequences contiguous. */
import type { EpochId } from '@ptp-tester/measurement';
import {
  type CodecEnvironment,
  parseSpoolLedger,
  readRecordHeader,
  type SpoolLedger,
  WireError,
} from '@ptp-tester/wire';
import { type EpochLog, newEpochLog } from './epoch-log.ts';
import { scanSegment } from './scan-segment.ts';
import { parseSegmentName, type Segment, segmentBytes, segmentName, segmentOfRecords } from './segment.ts';
import type { SpoolDisk } from './spool-disk.ts';
import { unreadableGaps } from './thin-records.ts';

export const LEDGER_NAME = 'ledger.json';

/** One thing that had to be mended, as the detail of `spool_repaired`. */
export interface SpoolRepair {
  readonly file: string;
  readonly cut_bytes: number;
  readonly damaged_bytes: number;
  /** Sequence numbers whose records were lost and are gap records now. */
  readonly lost_records: number;
}

export interface RecoveredSpool {
  readonly ledger: SpoolLedger | null;
  /** Oldest epoch first. */
  readonly logs: EpochLog[];
  readonly repairs: readonly SpoolRepair[];
}

interface Recovery {
  readonly disk: SpoolDisk;
  readonly env: CodecEnvironment;
  readonly repairs: SpoolRepair[];
}

/** Everything that is returned is synced. */
export async function recoverSpool(dependencies: {
  readonly disk: SpoolDisk;
  readonly env: CodecEnvironment;
}): Promise<RecoveredSpool> {
  const recovery: Recovery = { ...dependencies, repairs: [] };
  const names = await recovery.disk.list();
  const ledger = names.includes(LEDGER_NAME) ? await readLedger(recovery) : null;
  const files = new Map<EpochId, number[]>();
  for (const entry of ledger?.epochs ?? []) files.set(entry.epoch, []);
  for (const name of names) {
    const parsed = parseSegmentName(name);
    if (parsed !== null) files.set(parsed.epoch, [...(files.get(parsed.epoch) ?? []), parsed.first]);
  }
  const logs: EpochLog[] = [];
  for (const [epoch, firsts] of files) {
    const entry = ledger?.epochs.find((candidate) => candidate.epoch === epoch);
    const known = { acked: entry?.acked ?? 0, through: entry?.through ?? 0 };
    logs.push(await recoverEpoch({ epoch, firsts: firsts.sort((a, b) => a - b), ...known }, recovery));
  }
  return { ledger, logs, repairs: recovery.repairs };
}

async function readLedger({ disk, repairs }: Recovery): Promise<SpoolLedger | null> {
  const bytes = await disk.read(LEDGER_NAME);
  try {
    return parseSpoolLedger(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    repairs.push({ file: LEDGER_NAME, cut_bytes: 0, damaged_bytes: bytes.length, lost_records: 0 });
    return null;
  }
}

interface EpochFiles {
  readonly epoch: EpochId;
  readonly firsts: readonly number[];
  readonly acked: number;
  readonly through: number;
}

async function recoverEpoch(files: EpochFiles, recovery: Recovery): Promise<EpochLog> {
  const log = newEpochLog(files.epoch);
  log.acked = files.acked;
  log.written = files.acked;
  for (const [index, first] of files.firsts.entries()) {
    const isLast = index === files.firsts.length - 1;
    const segment = await recoverSegment(log, { first, mustReach: isLast ? files.through : 0 }, recovery);
    if (segment === null) continue;
    log.segments.push(segment);
    log.written = segment.last;
  }
  if (log.written < files.through) await markLost(log, files.through, recovery);
  const newest = log.segments.at(-1);
  if (newest !== undefined) await recovery.disk.sync(newest.name);
  return log;
}

/** Mends one segment that could not be read any more while the agent runs: what is lost becomes gap records. */
export async function mendSegment(
  log: EpochLog,
  segment: Segment,
  dependencies: Omit<Recovery, 'repairs'>,
): Promise<SpoolRepair[]> {
  const recovery: Recovery = { ...dependencies, repairs: [] };
  const index = log.segments.indexOf(segment);
  const earlier: EpochLog = { ...log, acked: segment.first - 1, segments: log.segments.slice(0, index) };
  const mended = await recoverSegment(earlier, { first: segment.first, mustReach: segment.last }, recovery);
  if (mended !== null) log.segments.splice(index, 1, mended);
  return recovery.repairs;
}

/** A file that is gone as a whole: gap records up to what the ledger says was written. */
async function markLost(log: EpochLog, through: number, { disk, env, repairs }: Recovery): Promise<void> {
  const first = log.written + 1;
  const records = unreadableGaps({ epoch: log.epoch, first, last: through }, env);
  const segment = segmentOfRecords(log.epoch, first, records);
  await disk.replace(segment.name, segmentBytes(records));
  log.segments.push(segment);
  log.written = through;
  repairs.push({ file: segment.name, cut_bytes: 0, damaged_bytes: 0, lost_records: through - first + 1 });
}

interface SegmentFile {
  readonly first: number;
  /** The ledger's word that records up to here were written; 0 where it says nothing. */
  readonly mustReach: number;
}

/** Null when nothing of the file is needed: it is acknowledged, empty, or a leftover inside the segment before it. */
async function recoverSegment(log: EpochLog, file: SegmentFile, recovery: Recovery): Promise<Segment | null> {
  const { disk, env, repairs } = recovery;
  const name = segmentName(log.epoch, file.first);
  const bytes = await disk.read(name);
  const scanned = scanSegment(bytes, env);
  const filled = contiguousRecords(log, { records: scanned.records, mustReach: file.mustReach }, env);
  const cut = bytes.length - scanned.usableBytes;
  if (cut > 0 || scanned.damagedBytes > 0 || filled.lost > 0) {
    repairs.push({ file: name, cut_bytes: cut, damaged_bytes: scanned.damagedBytes, lost_records: filled.lost });
  }
  if (filled.records.length === 0) {
    await disk.remove(name);
    return null;
  }
  const segment = segmentOfRecords(log.epoch, filled.first, filled.records);
  if (filled.changed || scanned.damagedBytes > 0 || segment.name !== name) {
    await disk.replace(segment.name, segmentBytes(filled.records));
    if (segment.name !== name) await disk.remove(name);
  } else if (cut > 0) await disk.truncate(name, scanned.usableBytes);
  return segment;
}

interface ContiguousRecords {
  readonly records: readonly Uint8Array[];
  readonly first: number;
  readonly lost: number;
  /** The records are not those of the file any more. */
  readonly changed: boolean;
}

/** Leaves out what an earlier segment holds, and puts gap records where sequences are missing. Empty when all is acknowledged. */
function contiguousRecords(
  log: EpochLog,
  scanned: { readonly records: readonly Uint8Array[]; readonly mustReach: number },
  env: CodecEnvironment,
): ContiguousRecords {
  const before = log.segments.at(-1)?.last ?? 0;
  const originals = scanned.records
    .map((record) => ({ record, header: readRecordHeader(record) }))
    .filter(({ header }) => header.epoch === log.epoch && header.sequence > before);
  const firstSequence = originals[0]?.header.firstSequence ?? Number.POSITIVE_INFINITY;
  const records: Uint8Array[] = [];
  let reached = Math.min(Math.max(before, log.acked), firstSequence - 1);
  const first = reached + 1;
  let lost = 0;
  const fillTo = (last: number) => {
    if (last <= reached) return;
    records.push(...unreadableGaps({ epoch: log.epoch, first: reached + 1, last }, env));
    lost += last - reached;
    reached = last;
  };
  for (const { record, header } of originals) {
    if (header.sequence <= reached) continue;
    fillTo(header.firstSequence - 1);
    records.push(record);
    reached = header.sequence;
  }
  fillTo(scanned.mustReach);
  if (reached <= log.acked) return { records: [], first, lost, changed: true };
  return { records, first, lost, changed: lost > 0 || records.length !== scanned.records.length };
}
