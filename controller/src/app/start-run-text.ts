/** Starts a run from the text of a configuration file, as `run --config` would. */
import { ConfigError } from '../config/config-error.ts';
import { readConfigText } from '../config/config-file.ts';
import { mergeRunOptions } from '../config/run-options.ts';
import type { AwsOptions } from '../fleet/aws/ec2-client.ts';
import { findRegionOfSubnet } from '../fleet/aws/ec2-region.ts';
import type { RunId, RunSpec } from '../runs/run.ts';

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
export async function startRunText({ text, format, requestId }: RunText, parts: StartRunParts): Promise<RunId> {
  const { file, problems } = readConfigText(`configuration.${format}`, text);
  if (problems.length > 0) throw new ConfigError(problems);
  const { request, profile } = mergeRunOptions({}, file, { isTerminal: false });
  if (profile !== null) {
    throw problem(
      'profile',
      'the controller has its credentials already: give --profile when it is started, and leave it out here',
    );
  }
  if ((file.criteria?.mask_files ?? []).length > 0) {
    const reason = 'these files are not on this machine: write the masks under criteria.masks, as run --detach does';
    throw problem('criteria.mask_files', reason);
  }
  const region = request.region ?? (await findRegionOfSubnet(request.subnetId, parts.aws));
  if (region === null) {
    throw problem('subnet_id', `${request.subnetId} is in no region of the controller's credentials; name the region`);
  }
  const spec = { ...request, region, publicUrl: parts.publicUrl };
  return await parts.startRun(requestId === undefined ? spec : { ...spec, requestId });
}

function problem(field: string, reason: string): ConfigError {
  return new ConfigError([{ field, reason }]);
}
