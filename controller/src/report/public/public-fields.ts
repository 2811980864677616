/**
 * What a public report may say: a rule for each text of the report document, by its place in the schema. A text without a rule
 * is withheld, so that nothing new becomes public before somebody has decided it here.
 */

/**
 * `open`: words of ours or of AWS, the same for everybody. `text`: free text, scrubbed. `source`: the key of a series.
 * The other names: an identifier of that kind, which gets a stand-in.
 */
export type PublicRule = 'open' | 'text' | 'source' | `id:${string}`;

const VERDICT: Readonly<Record<string, PublicRule>> = {
  'capability.reason': 'text',
  'setup.reason': 'text',
  'quality.reason': 'text',
};

const RESULT: Readonly<Record<string, PublicRule>> = {
  instance_id: 'id:instance',
  name: 'open',
  instance_type: 'open',
  availability_zone: 'id:zone',
  availability_zone_id: 'open',
  subnet_id: 'id:subnet',
  placement_group: 'id:placement-group',
  image_id: 'id:image',
  'phc_prior.api': 'open',
  'phc_prior.explanation': 'open',
  scope_warning: 'open',
  'keep.step': 'open',
  'keep.since': 'open',
  'keep.failure.kind': 'open',
  'keep.failure.message': 'text',
  state: 'open',
  timestamp: 'open',
  agent_version: 'open',
  'failure.kind': 'open',
  'failure.message': 'text',
  evidence: 'text',
  'ptp_status.ena_driver_version': 'open',
  'ptp_status.clock_device': 'text',
  'ptp_status.clock_name': 'text',
  'ptp_status.error_message': 'text',
  'ptp_status.diagnostic_output.*': 'text',
  ...under('verdict', VERDICT),
  'quality_criteria.name': 'text',
  'quality_criteria.profile': 'text',
  'quality_criteria.label': 'text',
  'quality_criteria.measure': 'open',
  'quality_criteria.key': 'source',
  'quality_criteria.column': 'open',
  'quality_criteria.reason': 'text',
  'stability.limits.name': 'text',
  'start_transient.rule': 'text',
  'stability.key': 'source',
  'stability.column': 'open',
  'stability.problem': 'text',
  'streams.key': 'source',
  'streams.problems': 'text',
  'streams.figures.column': 'open',
  'gaps.items.key': 'source',
  'losses.items.key': 'source',
  'events.items.explanation': 'open',
  'delivery.epochs.epoch': 'open',
  'delivery.epochs.boot_id': 'id:boot',
};

/** By path in the document, arrays left out; `*` stands for the names of a record. */
export const PUBLIC_FIELDS: Readonly<Record<string, PublicRule>> = {
  'tool.version': 'open',
  what_the_numbers_mean: 'open',
  'run.id': 'open',
  'run.state': 'open',
  'run.outcome': 'open',
  'run.stop_reason': 'text',
  'run.region': 'open',
  'run.pause.since': 'open',
  'run.pause.reason': 'text',
  'run.pause.remedy': 'text',
  'run.warnings': 'text',
  'verdict.sentence': 'text',
  'verdict.quality.reason': 'text',
  'test_summary.placement_group': 'id:placement-group',
  'test_summary.instance_type_summary.*.sentence': 'text',
  'test_summary.instance_type_summary.*.worst_quality.reason': 'text',
  'test_summary.instance_type_summary.*.capability.reason': 'text',
  ...under('results', RESULT),
  'events.items.explanation': 'open',
  'aws_calls.action': 'open',
};

/** Names of records in the schema: of types, commands, labels, error codes. */
export const PUBLIC_NAMES: Readonly<Record<string, PublicRule>> = {
  'test_summary.instance_type_summary': 'open',
  'results.ptp_status.diagnostic_output': 'text',
  'results.streams.figures.counts': 'open',
  'aws_calls.errors': 'open',
};

/** Texts in the details of events and in the environment, by their name wherever they stand; numbers always stay. */
export const PUBLIC_DETAILS: Readonly<Record<string, PublicRule>> = {
  agent_version: 'open',
  node_version: 'open',
  kernel: 'open',
  clocksource: 'open',
  ena_driver_version: 'open',
  chrony_version: 'open',
  boot_id: 'id:boot',
  chrony_config_path: 'text',
  chrony_config_sha256: 'text',
  phase: 'open',
  source: 'open',
  stream: 'open',
  name: 'text',
  code: 'text',
  kind: 'open',
  state: 'open',
  step: 'open',
  cause: 'open',
  counter: 'open',
  errno: 'open',
  now: 'text',
  before: 'text',
  after: 'text',
  change: 'open',
  trouble: 'open',
  restart: 'text',
  chrony_follows: 'text',
  phc_ns: 'open',
  stands_since_mono_raw_ns: 'open',
  not_after: 'open',
  description: 'text',
  while: 'open',
  clock: 'text',
  file: 'text',
  remains: 'text',
  remove: 'text',
  system_status: 'open',
  instance_status: 'open',
  epoch: 'open',
  epoch_before: 'open',
  not_before: 'open',
  key: 'source',
  interface: 'source',
  address: 'id:address',
  instance_id: 'id:instance',
  id: 'id:resource',
  reason: 'text',
  remedy: 'text',
  problem: 'text',
  why: 'text',
  text: 'text',
  evidence: 'text',
  command: 'text',
  record: 'text',
  rule: 'text',
  what_to_do: 'text',
};

function under(place: string, rules: Readonly<Record<string, PublicRule>>): Record<string, PublicRule> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [`${place}.${name}`, rule]));
}
