/** From the command line and the configuration file to what a run is asked to do, each value with where it came from. */

import type { InstanceTypeSpec, RunSpec } from '../runs/run.ts';
import { estimateInstanceHours } from '../runs/run-bound.ts';
import { chooseCriteria } from './choose-criteria.ts';
import { checkConsent, chooseFleet, chooseTimeouts } from './choose-fleet.ts';
import { chooseSources } from './choose-sources.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFile, GROUP_PATTERN, IMAGE_PATTERN } from './config-schema.ts';
import { parseDuration } from './duration.ts';
import { parseInstanceTypes } from './instance-types.ts';
import { type EffectiveOption, OptionChooser } from './option-chooser.ts';
import type { RunFlags } from './run-flags.ts';

/** What a run is asked to do. What only the running controller or AWS knows is missing or null. */
export type RunRequest = Omit<RunSpec, 'publicUrl' | 'region'> & {
  /** Null: where the subnet is, or the region of the credentials. */
  readonly region: string | null;
};

export interface RunOptions {
  readonly request: RunRequest;
  readonly profile: string | null;
  /** Only checked and reported: nothing connects in. */
  readonly privateKeyPath: string | null;
  /** For showing before anything is launched. */
  readonly effective: readonly EffectiveOption[];
  readonly instanceHours: { readonly typical: number; readonly atMost: number };
}

const DEFAULT_DURATION = '1h';
const LONGEST_S = 366 * 86_400;
/** Runs up to this long close their batches every second, so that a short run shows something at once. */
const SHORT_RUN_S = 600;

export interface Surroundings {
  /** Somebody can be asked; otherwise nothing is kept unless it is said which. */
  readonly isTerminal: boolean;
}

/** Merges flags and file into a request. Throws ConfigError with every problem at once. */
export function mergeRunOptions(flags: RunFlags, file: ConfigFile, { isTerminal }: Surroundings): RunOptions {
  const chooser = new OptionChooser();
  const text = (name: string, flag: string | undefined, fromFile: string | undefined) =>
    chooser.choose<string | null>(name, { flag, file: fromFile, fallback: null });
  const instanceTypes = chooseInstanceTypes(chooser, flags, file);
  const [subnetId = '', ...moreSubnetIds] = chooseSubnets(chooser, flags, file);
  const region = text('region', flags.region, file.region);
  const profile = text('profile', flags.profile, file.profile);
  const durationS = chooseDuration(chooser, flags, file);
  const fleet = chooseFleet(chooser, { flags, file, moreSubnetIds, keep: isTerminal ? 'ask' : 'none' });
  const request: RunRequest = {
    instanceTypes,
    region,
    subnetId,
    ...chooseIds(chooser, flags, file),
    placementGroup: text('placement_group', flags.placementGroup, file.placement_group),
    keyName: text('key_name', flags.keyName, file.key_name),
    durationS,
    ...chooseSources(chooser, flags, file),
    enablePhc: chooseEnablePhc(chooser, flags, file),
    batch: { maxSamples: 60, maxAgeMs: durationS <= SHORT_RUN_S ? 1000 : 5000 },
    spoolMaxBytes: 256 * 1024 * 1024,
    timeouts: chooseTimeouts(chooser, file),
    tags: chooseTags(chooser, flags, file),
    fleet,
    ...chooseCriteria(chooser, file),
  };
  const privateKeyPath = text('private_key_path', flags.privateKeyPath, file.private_key_path);
  checkConsent(chooser, instanceTypes, fleet);
  const instanceHours = estimateInstanceHours({ ...request, region: '', publicUrl: '' });
  if (fleet.maxInstanceHours !== null && instanceHours.typical > fleet.maxInstanceHours) {
    const hours = instanceHours.typical.toFixed(1);
    chooser.problem(
      '--max-instance-hours',
      `the soak alone takes ${hours} instance-hours, and at most ${fleet.maxInstanceHours} are allowed`,
    );
  }
  if (chooser.problems.length > 0) throw new ConfigError(chooser.problems);
  return { request, profile, privateKeyPath, effective: chooser.effective, instanceHours };
}

function chooseInstanceTypes(chooser: OptionChooser, flags: RunFlags, file: ConfigFile): readonly InstanceTypeSpec[] {
  const fromFlag =
    flags.instanceTypes === undefined ? undefined : parseInstanceTypes('--instance-types', flags.instanceTypes);
  if (fromFlag !== undefined && 'reason' in fromFlag) {
    chooser.problem(fromFlag.field, fromFlag.reason);
    return [];
  }
  const fromFile = file.instance_types?.map(({ type, quantity }) => ({ type, quantity: quantity ?? 1 }));
  const chosen = chooser.choose<readonly InstanceTypeSpec[]>('instance_types', {
    flag: fromFlag,
    file: fromFile,
    fallback: [],
  });
  if (chosen.length === 0) {
    chooser.problem(
      '--instance-types',
      'is required (instance_types in the file), for example --instance-types c7i.large:2,m7i.xlarge',
    );
  }
  return chosen;
}

function chooseSubnets(chooser: OptionChooser, flags: RunFlags, file: ConfigFile): readonly string[] {
  const fromFile = typeof file.subnet_id === 'string' ? [file.subnet_id] : file.subnet_id;
  const fromFlag = flags.subnetId?.flatMap((list) => list.split(',')).map((id) => id.trim());
  const chosen = chooser.choose<readonly string[]>('subnet_id', { flag: fromFlag, file: fromFile, fallback: [] });
  if (chosen.length === 0) {
    chooser.problem(
      '--subnet-id',
      'is required (subnet_id in the file): the subnet in which the instances are launched',
    );
  }
  for (const id of chosen) {
    if (!/^subnet-[0-9a-f]{8,17}$/.test(id))
      chooser.problem('--subnet-id', `"${id}" is not a subnet id such as subnet-0123456789abcdef0`);
  }
  return chosen;
}

/** Those of the file have been checked by its schema. */
function chooseIds(chooser: OptionChooser, { amiId, securityGroupId }: RunFlags, file: ConfigFile) {
  if (amiId !== undefined && !new RegExp(IMAGE_PATTERN).test(amiId))
    chooser.problem('--ami-id', `"${amiId}" is not an image id such as ami-0123456789abcdef0`);
  if (securityGroupId !== undefined && !new RegExp(GROUP_PATTERN).test(securityGroupId))
    chooser.problem('--security-group-id', `"${securityGroupId}" is not a group id such as sg-0123456789abcdef0`);
  const choose = (name: string, flag: string | undefined, fromFile: string | undefined) =>
    chooser.choose<string | null>(name, { flag, file: fromFile, fallback: null });
  return {
    amiId: choose('ami_id', amiId, file.ami_id),
    securityGroupId: choose('security_group_id', securityGroupId, file.security_group_id),
  };
}

function chooseDuration(chooser: OptionChooser, flags: RunFlags, { soak }: ConfigFile): number {
  const text = chooser.choose('duration', { flag: flags.duration, file: soak?.duration, fallback: DEFAULT_DURATION });
  const seconds = parseDuration(text);
  if (seconds !== null && seconds >= 1 && seconds <= LONGEST_S) return seconds;
  chooser.problem('--duration', `"${text}" is not a length of time from 1s to 366d; write for example 20s, 90m, 14d`);
  return 1;
}

function chooseEnablePhc(chooser: OptionChooser, { enablePhc }: RunFlags, { setup }: ConfigFile): 'auto' | 'never' {
  const chosen = chooser.choose('enable_phc', { flag: enablePhc, file: setup?.enable_phc, fallback: 'auto' });
  if (chosen === 'auto' || chosen === 'never') return chosen;
  chooser.problem('--enable-phc', `"${chosen}" is neither auto nor never`);
  return 'auto';
}

/** Flags add to the file's tags and win over those of the same key. */
function chooseTags(
  chooser: OptionChooser,
  { tag = [] }: RunFlags,
  file: ConfigFile,
): Readonly<Record<string, string>> {
  const tags: Record<string, string> = { ...file.tags };
  for (const text of tag) {
    const match = /^([^=]{1,128})=(.{0,256})$/.exec(text);
    if (match === null) chooser.problem('--tag', `"${text}" is not KEY=VALUE (128 and 256 characters at most)`);
    else if (/^(aws:|ptp-tester:)/.test(match[1] ?? '')) chooser.problem('--tag', `"${match[1]}" is reserved`);
    else tags[match[1] ?? ''] = match[2] ?? '';
  }
  if (Object.keys(tags).length > 0)
    chooser.choose('tags', { flag: tag.length > 0 ? tags : undefined, file: tags, fallback: tags });
  return tags;
}
