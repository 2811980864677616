/** `ptp-tester doctor`: whether a run with these flags would work, without launching anything. */

import { isLocalEndpoint } from '../../config/agent-reach.ts';
import { hostOf } from '../../config/tls-mode.ts';
import { createDoctorCalls } from '../../fleet/aws/ec2-doctor-calls.ts';
import { findRegionOfSubnet, regionOfCredentials } from '../../fleet/aws/ec2-region.ts';
import { type Check, checksOf } from '../../fleet/doctor/check.ts';
import { type DoctorSubject, examine, isOnS3 } from '../../fleet/doctor/examine.ts';
import type { Destination } from '../../fleet/doctor/judge-routes.ts';
import { ownAddresses, resolveHost, tryConnection } from '../../fleet/doctor/try-connection.ts';
import { fleetSpecOf } from '../../runs/fleet-spec.ts';
import type { RunSpec } from '../../runs/run.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT } from '../exit-codes.ts';
import { expectedPublicUrl } from '../flags/controller-options.ts';
import type { DoctorFlags } from '../flags/looking-command-flags.ts';
import { type ReadRunOptions, readRunOptions } from '../flags/read-run-options.ts';
import { sizeOf } from '../live/live-screen.ts';
import { doctorSummary, renderChecks } from '../text/doctor-table.ts';
import { askingCalls } from './asking-calls.ts';

/** Exit code 3 when a check failed. */
export async function doctor(flags: DoctorFlags, context: CliContext): Promise<number> {
  const read = await readRunOptions(flags, context);
  const json = flags.json === true;
  const { stdout, now } = context;
  const { region, problem } = await chooseRegion(read);
  const calls = createDoctorCalls(region, read.aws, askingCalls(context));
  const subject = await subjectOf(read, region);
  if (stdout.isTTY && !json) stdout.write('asking AWS ...\r');
  const found = await examine(subject, { calls, now });
  const checks = problem === null ? found : [...found, problem];
  const hasFailed = checks.some(({ result }) => result === 'failed');
  if (json) stdout.write(`${JSON.stringify({ region, ok: !hasFailed, checks })}\n`);
  else stdout.write(renderChecks(checks, stdout.isTTY ? sizeOf(stdout).columns : null) + doctorSummary(checks));
  return hasFailed ? EXIT.couldNotComplete : EXIT.completed;
}

interface RegionChoice {
  readonly region: string;
  readonly problem: Check | null;
}

/** Where the subnet is; where that cannot be found out, the region of the credentials. */
async function chooseRegion({ options, aws }: ReadRunOptions): Promise<RegionChoice> {
  const { region, subnetId } = options.request;
  if (region !== null) return { region, problem: null };
  const own = await regionOfCredentials(aws);
  const check = checksOf('region');
  try {
    const found = await findRegionOfSubnet(subnetId, aws);
    const problem = check.failed(
      `${subnetId} is in no region of these credentials`,
      'give --region, or check --profile',
    );
    return found === null ? { region: own, problem } : { region: found, problem: null };
  } catch (error) {
    // The checks of credentials and permissions say why.
    const why = error instanceof Error ? error.name : String(error);
    return { region: own, problem: check.skipped(`where ${subnetId} is could not be asked (${why})`, 'give --region') };
  }
}

async function subjectOf({ options, controller, aws }: ReadRunOptions, region: string): Promise<DoctorSubject> {
  const publicUrl = expectedPublicUrl(controller);
  const spec: RunSpec = { ...options.request, region, publicUrl };
  const host = hostOf(publicUrl);
  const { port, protocol } = new URL(publicUrl);
  const fallback = protocol === 'http:' ? 80 : 443;
  const [addresses, met, agentFileHost] = await Promise.all([
    resolveHost(host),
    tryConnection(host, port === '' ? fallback : Number(port)),
    agentFileDestination(spec),
  ]);
  const isLocalEc2 = isLocalEndpoint(aws.ec2Endpoint);
  const listen = controller.agentListen;
  return {
    spec,
    agentFileHost,
    reach: { publicUrl, listen, isLocalEc2, addresses, ownAddresses: ownAddresses(), met },
  };
}

async function agentFileDestination(spec: RunSpec): Promise<Destination | null> {
  const { agentUrl } = fleetSpecOf(spec);
  if (agentUrl === null || isOnS3(agentUrl) || !URL.canParse(agentUrl)) return null;
  const host = hostOf(agentUrl);
  return { name: 'the agent file', host, addresses: await resolveHost(host) };
}
