/** Frees bytes of a full spool: the oldest records of the least important streams go first, gap records take their place. */
import type { CodecEnvironment } from '@ptp-tester/wire';
import { bytesOf, type EpochLog } from './epoch-log.ts';
import { scanSegment } from './scan-segment.ts';
import { EVENT_IMPORTANCE, type Segment, segmentBytes, segmentOfRecords } from './segment.ts';
import type { SpoolDisk } from './spool-disk.ts';
import { thinRecords } from './thin-records.ts';

export interface RoomNeeded {
  readonly bytes: number;
  /** Neighbours are joined while both fit into this size, so that gaps do not pile up as files. */
  readonly segmentBytes: number;
  /** The segment that is being appended to; it is left alone. */
  readonly tail: Segment | null;
}

export interface RoomMade {
  freedBytes: number;
  droppedSamples: number;
  droppedEvents: number;
}

interface RoomDependencies {
  readonly disk: SpoolDisk;
  readonly env: CodecEnvironment;
}

/** Drops as much as needed, or as much as there is. Each step is atomic on the disk. Logs are oldest epoch first. */
export async function makeRoom(
  logs: readonly EpochLog[],
  needed: RoomNeeded,
  deps: RoomDependencies,
): Promise<RoomMade> {
  const made: RoomMade = { freedBytes: 0, droppedSamples: 0, droppedEvents: 0 };
  while (made.freedBytes < needed.bytes) {
    const importance = leastImportance(logs, needed.tail);
    if (importance === null) break;
    await dropImportance(logs, { importance, needed, made, ...deps });
  }
  return made;
}

interface DropStep extends RoomDependencies {
  readonly importance: number;
  readonly needed: RoomNeeded;
  readonly made: RoomMade;
}

async function dropImportance(logs: readonly EpochLog[], step: DropStep): Promise<void> {
  for (const log of logs) {
    for (const segment of droppableSegments(log, step.needed.tail)) {
      if (!segment.bytesByImportance.has(step.importance)) continue;
      const before = bytesOf([log]);
      await thinSegment(log, segment, step);
      step.made.freedBytes += before - bytesOf([log]);
      if (step.made.freedBytes >= step.needed.bytes) return;
    }
  }
}

/** Rewrites the segment without the records of this importance, joined with its neighbour where both are small. */
async function thinSegment(log: EpochLog, segment: Segment, step: DropStep): Promise<void> {
  const { disk, env, made } = step;
  const thinned = thinRecords(await recordsOf(segment, step), step.importance, env);
  made.droppedSamples += thinned.droppedSamples;
  made.droppedEvents += thinned.droppedEvents;
  const neighbour = smallNeighbour(log, segment, { step, bytes: segmentBytes(thinned.records).length });
  const records =
    neighbour === null
      ? thinned.records
      : thinRecords([...(await recordsOf(neighbour, step)), ...thinned.records], null, env).records;
  const replaced = segmentOfRecords(log.epoch, neighbour?.first ?? segment.first, records);
  // What is left of the most important are the events that always stay.
  if (step.importance === EVENT_IMPORTANCE) replaced.bytesByImportance.delete(EVENT_IMPORTANCE);
  await disk.replace(replaced.name, segmentBytes(records));
  // A crash here leaves the old segment inside the range of the merged one; recovery removes it.
  if (neighbour !== null) await disk.remove(segment.name);
  const index = log.segments.indexOf(neighbour ?? segment);
  log.segments.splice(index, neighbour === null ? 1 : 2, replaced);
}

function smallNeighbour(log: EpochLog, segment: Segment, thinned: { step: DropStep; bytes: number }): Segment | null {
  const { needed } = thinned.step;
  const before = log.segments[log.segments.indexOf(segment) - 1];
  if (before === undefined || !isDroppable(log, before, needed.tail)) return null;
  return before.bytes + thinned.bytes <= needed.segmentBytes ? before : null;
}

async function recordsOf(segment: Segment, { disk, env }: RoomDependencies): Promise<readonly Uint8Array[]> {
  return scanSegment(await disk.read(segment.name, { offset: 0, length: segment.bytes }), env).records;
}

function leastImportance(logs: readonly EpochLog[], tail: Segment | null): number | null {
  const importances = logs
    .flatMap((log) => droppableSegments(log, tail))
    .flatMap((segment) => [...segment.bytesByImportance.keys()]);
  return importances.length === 0 ? null : Math.min(...importances);
}

function droppableSegments(log: EpochLog, tail: Segment | null): Segment[] {
  return log.segments.filter((segment) => isDroppable(log, segment, tail));
}

function isDroppable(log: EpochLog, segment: Segment, tail: Segment | null): boolean {
  return segment !== tail && segment.first > log.offeredFrom && segment.first > log.acked;
}
