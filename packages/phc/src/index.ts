/** The PTP hardware clock: find it, read it within its budget, estimate the offset; and a simulated one with known truth. */
export {
  type CrossTimestamp,
  isTorn,
  offsetNs,
  rawBracketNs,
  rawMidpointNs,
  readDelayNs,
  systemMidpointNs,
} from './cross-timestamp.ts';
export { type EstimateResult, estimateOffset, type NoEstimate, type OffsetEstimate } from './estimate-offset.ts';
export { MAX_READINGS, type PhcBurst, type PhcClock, type PhcReadMethod } from './phc-clock.ts';
