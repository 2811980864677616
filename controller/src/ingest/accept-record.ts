/** What becomes of a record, given how far its epoch is stored (pure). */

export interface RecordPlace {
  /** Equals `sequence` but for a gap, which stands for `firstSequence..sequence`. */
  readonly firstSequence: number;
  readonly sequence: number;
  /** Whether its content could be decoded. */
  readonly sound: boolean;
}

/**
 * - `store`: it is the next one
 * - `duplicate`: the store has it, or passed it; acknowledge again
 * - `hole`: something before it is missing; the connection must say hello again and resume after the last ack
 * - `nack`: it is the next one and can never be accepted; the cursor passes it
 */
export type Acceptance = 'store' | 'duplicate' | 'hole' | 'nack';

/** `through`: everything up to and including this sequence is stored, nacked or skipped; 0 = nothing. */
export function acceptRecord(through: number, record: RecordPlace): Acceptance {
  if (record.sequence <= through) return 'duplicate';
  if (record.firstSequence > through + 1) return 'hole';
  return record.sound ? 'store' : 'nack';
}
