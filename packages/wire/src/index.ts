/** Messages between agent and controller, and the record codec. Pure: compression and checksum are passed in. */
export {
  Ack,
  AgentMessage,
  ControllerMessage,
  Enrol,
  Enrolled,
  Goodbye,
  Hello,
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
export { PhcSourcePlan, Plan, SimulatedFault, SimulatedPhcTruth, SourcesPlan } from './plan.ts';
