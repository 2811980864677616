/** Messages between agent and controller, and the record codec. Pure: compression and checksum are passed in. */
export { type ColumnSource, reuseColumns } from './batch-body.ts';
export { decodeFrame, encodeFrame } from './frame.ts';
export { LIMITS } from './limits.ts';
export { encodeMessage, parseAgentMessage, parseControllerMessage } from './message-codec.ts';
export {
  Ack,
  AgentMessage,
  ControllerMessage,
  Enrol,
  Enrolled,
  Goodbye,
  Hello,
  IdentityProof,
  InstanceFacts,
  Lease,
  NACK_CODES,
  Nack,
  PlanMessage,
  PtpStatusSchema,
  REFUSE_CODES,
  Refuse,
  type RefuseCode,
  Status,
} from './messages.ts';
export { PhcSourcePlan, Plan, SetupPlan, SimulatedFault, SimulatedPhcTruth, SourcesPlan } from './plan.ts';
export {
  type CodecEnvironment,
  type DecodedRecord,
  decodeRecord,
  encodeRecord,
  readRecordHeader,
  verifyRecord,
} from './record-codec.ts';
export type { RecordHeader } from './record-header.ts';
export { appendToSegment, readSegment, SEGMENT_PREFIX_BYTES, type SegmentContent } from './segment.ts';
export { parseSpoolLedger, SpoolLedger } from './spool-ledger.ts';
export { negotiateProtocol, PROTOCOL, WIRE_CODEC_VERSION } from './version.ts';
export { nackCodeFor, WireError, type WireErrorCode } from './wire-error.ts';
