/** Every limit of the wire in one place. Both sides enforce them, so neither can be made to allocate more. */

export const LIMITS = {
  /** One record as it lies in spool, frame and store. */
  recordBytes: 1_048_576,
  /** A record's body after decompression; stated in its header and checked before anything is decompressed. */
  decompressedBytes: 1_048_576,
  /** The JSON body of an event or a gap. */
  jsonBytes: 65_536,
  /** Nesting of an event's detail. */
  jsonDepth: 8,
  /** Series named in one gap record. */
  losses: 256,
  /** Samples in one batch. */
  rows: 4096,
  /** UTF-8 bytes of a series key. */
  keyBytes: 128,
  /** Last sequence number of an epoch. */
  sequence: 2 ** 48,
  /** A binary WebSocket message. At least one record of the largest size fits. */
  frameBytes: 2_097_152,
  frameRecords: 4096,
  /** A text WebSocket message, in UTF-16 units and in UTF-8 bytes. */
  messageBytes: 65_536,
  /** A spool ledger file. */
  ledgerBytes: 1_048_576,
} as const;
