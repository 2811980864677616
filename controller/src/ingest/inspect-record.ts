/** Looks at one record as it arrived: sound, unsound (right checksum, content that can never be accepted) or broken (pure). */
import type { RecordContent } from '@ptp-tester/measurement';
import {
  type CodecEnvironment,
  decodeRecord,
  type Nack,
  nackCodeFor,
  readRecordHeader,
  verifyRecord,
  WireError,
} from '@ptp-tester/wire';

export interface SoundRecord {
  readonly state: 'sound';
  readonly epoch: string;
  readonly firstSequence: number;
  readonly sequence: number;
  readonly content: RecordContent;
}

export interface UnsoundRecord {
  readonly state: 'unsound';
  readonly epoch: string;
  readonly firstSequence: number;
  readonly sequence: number;
  readonly code: Nack['code'];
  readonly reason: string;
}

export interface BrokenRecord {
  readonly state: 'broken';
  readonly reason: string;
  /** What its damaged head says, if anything; not to be trusted. */
  readonly epoch: string | null;
}

export type InspectedRecord = SoundRecord | UnsoundRecord | BrokenRecord;

/** Decodes a record and says what is wrong with it otherwise. Throws nothing that bytes can cause. */
export function inspectRecord(bytes: Uint8Array, codec: CodecEnvironment): InspectedRecord {
  try {
    const { identity, content } = decodeRecord(bytes, codec);
    const firstSequence = content.kind === 'gap' ? content.firstSequence : identity.sequence;
    return { state: 'sound', epoch: identity.epoch, firstSequence, sequence: identity.sequence, content };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return faultOf(bytes, error, codec);
  }
}

/** Only where the checksum is right is the head what the agent wrote, and only then can the record be named in a nack. */
function faultOf(bytes: Uint8Array, error: WireError, codec: CodecEnvironment): UnsoundRecord | BrokenRecord {
  const { identity, message } = error;
  if (identity === null || !verifyRecord(bytes, codec)) {
    return { state: 'broken', reason: message, epoch: identity?.epoch ?? null };
  }
  const { epoch, sequence } = identity;
  const firstSequence = firstSequenceOf(bytes) ?? sequence;
  return { state: 'unsound', epoch, firstSequence, sequence, code: nackCodeFor(error), reason: message };
}

function firstSequenceOf(bytes: Uint8Array): number | null {
  try {
    return readRecordHeader(bytes).firstSequence;
  } catch {
    return null;
  }
}
