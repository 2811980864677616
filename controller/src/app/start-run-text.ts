/** Starts a run from the text of a configuration file, as `run --config` would, or says what it would be. */
import type { CheckedRun } from '../api/live-schemas.ts';
import { whyUnreachable } from '../config/agent-reach.ts';
import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import { isExcused, placedInFile, readConfigText } from '../config/config-file.ts';
import type { ConfigFile } from '../config/config-schema.ts';
import { mergeRunOptions, type RunOptions } from '../config/run-options.ts';
import type { AwsOptions } from '../fleet/aws/ec2-client.ts';
import { findRegionOfSubnet } from '../fleet/aws/ec2-region.ts';
import { fleetSpecOf } from '../runs/fleet-spec.ts';
import type { RunId, RunSpec } from '../runs/run.ts';
import type { RunPreparation } from '../runs/run-preparation.ts';

export interface StartRunParts {
  readonly aws: AwsOptions;
  readonly publicUrl: string;
  startRun(spec: RunSpec): Promise<RunId>;
}

export interface RunText {
  readonly text: string;
  readonly format: 'yaml' | 'json';
  readonly requestId: string | undefined;
}

/** Rejects with ConfigError, or FleetError `spec_invalid` or `call_failed`. */
export async function startRunText({ requestId, ...text }: RunText, parts: StartRunParts): Promise<RunId> {
  const { spec } = await specOf(text, parts);
  return await parts.startRun(requestId === undefined ? spec : { ...spec, requestId });
}

export interface CheckRunParts extends Pick<StartRunParts, 'aws' | 'publicUrl'> {
  /** Asks EC2, makes nothing. */
  checkRun(spec: RunSpec): Promise<Pick<RunPreparation, 'warnings'>>;
}

/** What `startRunText` would start. Rejects as it does. */
export async function checkRunText(text: Omit<RunText, 'requestId'>, parts: CheckRunParts): Promise<CheckedRun> {
  const { spec, instanceHours } = await specOf(text, parts);
  const { warnings } = await parts.checkRun(spec);
  const { keep } = fleetSpecOf(spec);
  return {
    region: spec.region,
    instance_types: spec.instanceTypes.map(({ type, quantity }) => ({ type, quantity })),
    soak_seconds: spec.durationS,
    keep: typeof keep === 'string' ? keep : keep.join(','),
    instance_hours: { soak: instanceHours.typical, at_most: instanceHours.atMost },
    warnings: [...warnings],
  };
}

async function specOf(text: Omit<RunText, 'requestId'>, { aws, publicUrl }: Pick<StartRunParts, 'aws' | 'publicUrl'>) {
  const { request, instanceHours } = optionsOf(text);
  const lost = whyUnreachable(publicUrl, aws.ec2Endpoint);
  if (lost !== null) throw new ConfigError([{ field: '--public-url', reason: `of this controller: ${lost}` }]);
  const region = request.region ?? (await findRegionOfSubnet(request.subnetId, aws));
  if (region === null) {
    const reason = `${request.subnetId} is in no region of the controller's credentials; name the region`;
    throw new ConfigError([{ field: 'subnet_id', reason }]);
  }
  const spec: RunSpec = { ...request, region, publicUrl };
  return { spec, instanceHours };
}

/** Throws ConfigError with every problem at once. */
function optionsOf({ text, format }: Omit<RunText, 'requestId'>): RunOptions {
  const read = readConfigText(`configuration.${format}`, text);
  const problems = [...read.problems, ...refused(read.file)];
  try {
    const options = mergeRunOptions({}, read.file, { isTerminal: false });
    if (problems.length === 0) return options;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const ours = error.problems.filter((problem) => !isExcused(problem, read));
    problems.push(...ours.map((problem) => placedInFile(problem, read)));
  }
  throw new ConfigError(problems);
}

/** What only makes sense where the command line is. */
function refused({ profile, criteria }: ConfigFile): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (profile !== undefined) {
    const reason =
      'the controller has its credentials already: give --profile when it is started, and leave it out here';
    problems.push({ field: 'profile', reason });
  }
  if ((criteria?.mask_files ?? []).length > 0) {
    const reason = 'these files are not on this machine: write the masks under criteria.masks, as run --detach does';
    problems.push({ field: 'criteria.mask_files', reason });
  }
  return problems;
}
