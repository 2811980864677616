/** What the spool keeps in memory of a segment file: its range of sequences, its size, and how many bytes each importance has. */
import { type EpochId, STREAMS } from '@ptp-tester/measurement';
import { type RecordHeader, readRecordHeader, SEGMENT_PREFIX_BYTES } from '@ptp-tester/wire';

export interface Segment {
  readonly name: string;
  readonly epoch: EpochId;
  readonly first: number;
  last: number;
  /** On the disk and synced. What the file holds beyond is not valid. */
  bytes: number;
  /** Bytes of droppable records by importance; gap records are in none. */
  readonly bytesByImportance: Map<number, number>;
}

/** Events go after every stream when the spool is full. */
export const EVENT_IMPORTANCE = 1000;

const NAME = /^([0-9a-f]{16})-([0-9]{16})\.seg$/;

/** `<epoch>-<first sequence, 16 digits>.seg`: sorts by sequence within an epoch. */
export function segmentName(epoch: EpochId, first: number): string {
  return `${epoch}-${String(first).padStart(16, '0')}.seg`;
}

/** Epoch and first sequence of a segment's file name; null for other files. */
export function parseSegmentName(name: string): { epoch: EpochId; first: number } | null {
  const match = NAME.exec(name);
  return match?.[1] === undefined ? null : { epoch: match[1], first: Number(match[2]) };
}

export function newSegment(epoch: EpochId, first: number): Segment {
  return { name: segmentName(epoch, first), epoch, first, last: first - 1, bytes: 0, bytesByImportance: new Map() };
}

/** Takes a record, which is on the disk already, into the segment's account. */
export function accountRecord(segment: Segment, header: RecordHeader, recordBytes: number): void {
  const bytes = recordBytes + SEGMENT_PREFIX_BYTES;
  segment.bytes += bytes;
  segment.last = header.sequence;
  const importance = importanceOf(header);
  if (importance === null) return;
  segment.bytesByImportance.set(importance, (segment.bytesByImportance.get(importance) ?? 0) + bytes);
}

/** The account of a segment that holds exactly these records. */
export function segmentOfRecords(epoch: EpochId, first: number, records: readonly Uint8Array[]): Segment {
  const segment = newSegment(epoch, first);
  for (const record of records) accountRecord(segment, readRecordHeader(record), record.length);
  return segment;
}

/** How much a record is worth keeping; null for gap records, which are never dropped. */
export function importanceOf(header: RecordHeader): number | null {
  switch (header.kind) {
    case 'batch':
      return STREAMS[header.stream].importance;
    case 'event':
      return EVENT_IMPORTANCE;
    case 'gap':
      return null;
  }
}

/** The bytes of a segment file with these records. */
export function segmentBytes(records: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const record of records) length += SEGMENT_PREFIX_BYTES + record.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const record of records) {
    view.setUint32(at, record.length, true);
    bytes.set(record, at + SEGMENT_PREFIX_BYTES);
    at += SEGMENT_PREFIX_BYTES + record.length;
  }
  return bytes;
}
