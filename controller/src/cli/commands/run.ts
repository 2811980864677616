/** `ptp-tester run`: launch instances, soak, report, keep or terminate. */
import { randomUUID } from 'node:crypto';
import { startApp } from '../../app/start-app.ts';
import { whyUnreachable } from '../../config/agent-reach.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { ConfigFile } from '../../config/config-schema.ts';
import { mergedConfig } from '../../config/merged-config.ts';
import type { RunOptions } from '../../config/run-options.ts';
import { createEc2Factory } from '../../fleet/aws/ec2-calls.ts';
import type { AwsOptions } from '../../fleet/aws/ec2-client.ts';
import { findRegionOfSubnet } from '../../fleet/aws/ec2-region.ts';
import { prepareRun } from '../../fleet/prepare/prepare-run.ts';
import type { RunId, RunSpec } from '../../runs/run.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import type { RunCommandFlags } from '../command-line.ts';
import { openController } from '../controller-client.ts';
import { EXIT } from '../exit-codes.ts';
import { expectedPublicUrl } from '../flags/controller-options.ts';
import { type ReadRunOptions, readRunOptions } from '../flags/read-run-options.ts';
import { ask } from '../live/ask.ts';
import { planJson, planText, preparationJson, preparationText } from '../text/run-plan.ts';
import { askingCalls } from './asking-calls.ts';
import { withOutDirectory } from './out-directory.ts';
import { announce, type StartedRun, soak } from './soak.ts';

/** What a run is given by the command around it. */
export interface RunExtras {
  /** Agents collect evidence for an acceptance. */
  readonly evidence?: boolean;
  /** Called once it is created. */
  started?(started: StartedRun): void;
}

export async function run(flags: RunCommandFlags, context: CliContext, extras: RunExtras = {}): Promise<number> {
  const read = await readRunOptions(flags, context);
  const go = () => runAsRead(read, { flags, extras }, context);
  // Tried before much is asked and shown for nothing.
  return flags.dryRun === true ? await go() : await withOutDirectory(flags.out, go);
}

interface Asked {
  readonly flags: RunCommandFlags;
  readonly extras: RunExtras;
}

async function runAsRead(read: ReadRunOptions, { flags, extras }: Asked, context: CliContext): Promise<number> {
  const { options, controller, effective, aws, file } = read;
  if (flags.detach === true && flags.dryRun !== true) await openController({ data: controller.dataDirectory });
  const publicUrl = expectedPublicUrl(controller);
  // A detached run is another controller's, which knows its own address.
  const lost = flags.detach === true ? null : whyUnreachable(publicUrl, aws.ec2Endpoint);
  if (lost !== null && flags.dryRun !== true) throw new ConfigError([{ field: '--public-url', reason: lost }]);
  const json = flags.json === true;
  const { evidence = false } = extras;
  const request = { ...options.request, region: await regionOf(options, aws), evidence };
  const plan = {
    region: request.region,
    effective: [...options.effective, ...effective],
    hours: options.instanceHours,
  };
  context.stdout.write(json ? planJson(plan) : planText(plan));
  const preparation = withWarning(await checkRun({ ...request, publicUrl }, aws, context), lost);
  context.stdout.write(json ? preparationJson(preparation) : preparationText(preparation));
  if (flags.dryRun === true) return EXIT.completed;
  if (!(await isConfirmed(flags, context))) {
    context.stdout.write('Nothing was launched.\n');
    return EXIT.usage;
  }
  if (flags.detach === true)
    return await startDetached(mergedConfig(flags, file), controller.dataDirectory, { json, context });
  const app = await startApp(controller, context);
  try {
    announce(app, context, { json });
    return await soak(app, { request, out: flags.out, json, started: extras.started }, context);
  } finally {
    await app.close();
  }
}

function withWarning(preparation: RunPreparation, warning: string | null): RunPreparation {
  return warning === null ? preparation : { ...preparation, warnings: [...preparation.warnings, warning] };
}

interface Detaching {
  readonly json: boolean;
  readonly context: CliContext;
}

/** Hands the run to the controller that runs on the data directory, and leaves it there. */
async function startDetached(config: ConfigFile, data: string, { json, context }: Detaching): Promise<number> {
  const controller = await openController({ data });
  const body = { format: 'json', configuration: JSON.stringify(config), request_id: randomUUID() };
  const { run } = await controller.ask<{ readonly run: RunId }>({ method: 'POST', path: '/runs', body, repeats: 5 });
  const steps = [
    `watch it     ptp-tester watch ${run} --data ${data}`,
    `end it       ptp-tester stop ${run} --data ${data}`,
    `its report   ptp-tester report ${run} --data ${data} --out report`,
  ];
  context.stdout.write(
    json ? `${JSON.stringify({ type: 'started', run })}\n` : `run ${run} started\n${steps.join('\n')}\n`,
  );
  return EXIT.completed;
}

/** What the running controller would decide, without making anything; the agent file is not built for it. */
function checkRun(spec: RunSpec, aws: AwsOptions, context: CliContext): Promise<RunPreparation> {
  const ec2 = createEc2Factory({ ...aws, controllerId: '' }, askingCalls(context))({ region: spec.region, run: null });
  return prepareRun('RUN', spec, { ec2, agentFile: () => Promise.resolve({ sha256: '' }) });
}

async function regionOf({ request }: RunOptions, aws: AwsOptions): Promise<string> {
  const region = request.region ?? (await findRegionOfSubnet(request.subnetId, aws));
  if (region !== null) return region;
  throw new UsageError(
    `--subnet-id: ${request.subnetId} is in no region of these credentials. Give --region, or check --profile.`,
  );
}

/** A terminal is asked; a script has said what it wants. */
async function isConfirmed({ yes, json }: RunCommandFlags, context: CliContext): Promise<boolean> {
  if (yes === true || json === true || context.stdin.isTTY !== true) return true;
  const answer = await ask('Launch these instances? [y/N] ', context.interrupted, context);
  return answer !== null && /^y(es)?$/i.test(answer.trim());
}
