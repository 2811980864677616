/** Compares what agents produced (their spools) with what the store holds: missing, undelivered, duplicate, extra, different (pure). */
import type { EpochCoverage, RecordReader, SequenceRange } from '../store/sample-store.ts';
import { countRanges, intersectRanges, normalizeRanges, subtractRanges } from './sequence-ranges.ts';

export interface SpooledRecord {
  readonly firstSequence: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** One epoch as an agent's spool and ledger show it. */
export interface SpooledEpoch {
  readonly epoch: string;
  /** Last sequence that the agent wrote; every number from 1 to here was produced. */
  readonly produced: number;
  /** Last sequence that the agent knows to be stored. */
  readonly acked: number;
  readonly records: readonly SpooledRecord[];
}

export interface Spool {
  readonly run: string;
  readonly instanceId: string;
  readonly epochs: readonly SpooledEpoch[];
}

/** One epoch of one instance. All lists are ranges of sequence numbers. Field names are those of `verify --json`. */
export interface EpochDelivery {
  readonly instance_id: string;
  readonly epoch: string;
  /** Null: no spool knows this epoch. */
  readonly produced: number | null;
  readonly stored: number;
  /** Produced, and neither stored, nor stood for by a gap or a nack, nor still in the spool. */
  readonly missing: readonly SequenceRange[];
  /** Still in the spool and not in the store: on its way. */
  readonly undelivered: readonly SequenceRange[];
  /** Stored under this instance and under another one as well. */
  readonly duplicate: readonly SequenceRange[];
  /** Stored, but never produced. */
  readonly extra: readonly SequenceRange[];
  /** In both, with different bytes. */
  readonly different: readonly SequenceRange[];
  /** Dropped by the agent before delivery, and reported by it (gap records). */
  readonly reported_lost: readonly SequenceRange[];
  /** Refused by the controller; in the agent's quarantine. */
  readonly nacked: readonly SequenceRange[];
}

export interface DeliveryTotals {
  readonly produced: number;
  readonly stored: number;
  readonly missing: number;
  readonly undelivered: number;
  readonly duplicate: number;
  readonly extra: number;
  readonly different: number;
  readonly reported_lost: number;
  readonly nacked: number;
}

export interface DeliveryReport {
  /** Nothing missing, duplicate, extra or different. What is undelivered is not a fault. */
  readonly ok: boolean;
  readonly totals: DeliveryTotals;
  readonly epochs: readonly EpochDelivery[];
  /** Instances with stored records whose spool was not given: they could not be compared. */
  readonly instances_without_spool: readonly string[];
}

export interface VerifyDeliveryOptions {
  readonly reader: RecordReader;
  /** Each is looked at once and not kept. */
  readonly spools: Iterable<Spool>;
}

/** Compares store and spools. Throws `StoreError` where the store cannot be read. */
export function verifyDelivery({ reader, spools }: VerifyDeliveryOptions): DeliveryReport {
  const owners = ownersOf(reader);
  const epochs: EpochDelivery[] = [];
  const seen = new Set<string>();
  const withSpool = new Set<string>();
  for (const { instanceId, epochs: spooled } of spools) {
    withSpool.add(instanceId);
    for (const epoch of spooled) {
      seen.add(`${instanceId} ${epoch.epoch}`);
      epochs.push(compareEpoch({ reader, owners, instanceId, epoch: epoch.epoch, spooled: epoch }));
    }
  }
  for (const { instanceId, epoch } of reader.epochs()) {
    if (!withSpool.has(instanceId) || seen.has(`${instanceId} ${epoch}`)) continue;
    epochs.push(compareEpoch({ reader, owners, instanceId, epoch, spooled: null }));
  }
  const totals = totalsOf(epochs);
  const ok = totals.missing + totals.duplicate + totals.extra + totals.different === 0;
  const known = new Set(reader.epochs().map(({ instanceId }) => instanceId));
  return { ok, totals, epochs, instances_without_spool: [...known].filter((id) => !withSpool.has(id)) };
}

type EpochOwners = ReadonlyMap<string, readonly string[]>;

/** Epoch ids are random: one that two instances have means that something was stored twice. */
function ownersOf(reader: RecordReader): EpochOwners {
  const owners = new Map<string, string[]>();
  for (const { instanceId, epoch } of reader.epochs()) owners.set(epoch, [...(owners.get(epoch) ?? []), instanceId]);
  return owners;
}

interface Comparison {
  readonly reader: RecordReader;
  readonly owners: EpochOwners;
  readonly instanceId: string;
  readonly epoch: string;
  readonly spooled: SpooledEpoch | null;
}

function compareEpoch(comparison: Comparison): EpochDelivery {
  const { reader, instanceId, epoch, spooled } = comparison;
  const coverage = reader.coverage(instanceId, epoch);
  const answered = answeredFor(coverage);
  const produced: SequenceRange[] = spooled === null ? [] : [{ first: 1, last: spooled.produced }];
  const inSpool = normalizeRanges((spooled?.records ?? []).map(rangeOfRecord));
  return {
    instance_id: instanceId,
    epoch,
    produced: spooled?.produced ?? null,
    stored: countRanges(coverage.records),
    missing: subtractRanges(subtractRanges(produced, answered), inSpool),
    undelivered: subtractRanges(inSpool, answered),
    duplicate: duplicatesOf(comparison, coverage),
    extra: subtractRanges(answered, produced),
    different: differencesOf(comparison),
    reported_lost: lostOf(coverage),
    nacked: normalizeRanges(coverage.nacked.map(single)),
  };
}

function single(sequence: number): SequenceRange {
  return { first: sequence, last: sequence };
}

function rangeOfRecord({ firstSequence, sequence }: SpooledRecord): SequenceRange {
  return { first: firstSequence, last: sequence };
}

/** What the store has an answer for; what it skipped is not answered. */
function answeredFor({ records, gaps, nacked }: EpochCoverage): SequenceRange[] {
  return normalizeRanges([...records, ...gaps, ...nacked.map(single)]);
}

/** What gap records stand for, without what was stored after all (sent before it was dropped) and without themselves. */
function lostOf({ records, gaps }: EpochCoverage): SequenceRange[] {
  const own = gaps.map(({ last }) => single(last));
  return subtractRanges(gaps, [...subtractRanges(records, own), ...own]);
}

function duplicatesOf({ reader, owners, instanceId, epoch }: Comparison, coverage: EpochCoverage): SequenceRange[] {
  const others = (owners.get(epoch) ?? []).filter((owner) => owner !== instanceId);
  const theirs = others.flatMap((other) => [...reader.coverage(other, epoch).records]);
  return intersectRanges(coverage.records, theirs);
}

function differencesOf({ reader, instanceId, epoch, spooled }: Comparison): SequenceRange[] {
  const different = (spooled?.records ?? []).filter(({ sequence, bytes }) => {
    const stored = reader.recordBytes(instanceId, epoch, sequence);
    return stored !== null && !isEqual(stored, bytes);
  });
  return normalizeRanges(different.map(({ sequence }) => single(sequence)));
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function totalsOf(epochs: readonly EpochDelivery[]): DeliveryTotals {
  const sum = (count: (epoch: EpochDelivery) => number) => epochs.reduce((total, epoch) => total + count(epoch), 0);
  return {
    produced: sum(({ produced }) => produced ?? 0),
    stored: sum(({ stored }) => stored),
    missing: sum(({ missing }) => countRanges(missing)),
    undelivered: sum(({ undelivered }) => countRanges(undelivered)),
    duplicate: sum(({ duplicate }) => countRanges(duplicate)),
    extra: sum(({ extra }) => countRanges(extra)),
    different: sum(({ different }) => countRanges(different)),
    reported_lost: sum(({ reported_lost: lost }) => countRanges(lost)),
    nacked: sum(({ nacked }) => countRanges(nacked)),
  };
}
