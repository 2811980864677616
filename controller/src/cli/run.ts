/** `ptp-tester run`: launch instances, soak, report, keep or terminate. */
import { createInterface } from 'node:readline/promises';
import { startApp } from '../app/start-app.ts';
import type { RunOptions } from '../config/run-options.ts';
import type { AwsOptions } from '../fleet/ec2-client.ts';
import { findRegionOfSubnet } from '../fleet/ec2-region.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './cli-error.ts';
import type { RunCommandFlags } from './command-line.ts';
import { EXIT } from './exit-codes.ts';
import { readRunOptions } from './read-run-options.ts';
import { announce, soak } from './soak.ts';

export async function run(flags: RunCommandFlags, context: CliContext): Promise<number> {
  const { options, controller, effective, aws } = await readRunOptions(flags, context);
  const json = flags.json === true;
  const request = { ...options.request, region: await regionOf(options, aws) };
  showPlan({ ...options, request, effective: [...options.effective, ...effective] }, json, context);
  if (flags.dryRun === true) return EXIT.completed;
  if (!(await isConfirmed(flags, context))) return EXIT.usage;
  const app = await startApp(controller, context);
  try {
    announce(app, context, { json });
    return await soak(app, { request, out: flags.out, json }, context);
  } finally {
    await app.close();
  }
}

async function regionOf({ request }: RunOptions, aws: AwsOptions): Promise<string> {
  const region = request.region ?? (await findRegionOfSubnet(request.subnetId, aws));
  if (region !== null) return region;
  throw new UsageError(
    `--subnet-id: ${request.subnetId} is in no region of these credentials. Give --region, or check --profile.`,
  );
}

/** What will be done, where each value came from, and what it costs in instance-hours. */
function showPlan({ request, effective, instanceHours }: RunOptions, json: boolean, { stdout }: CliContext): void {
  const hours = { typical: instanceHours.typical, at_most: instanceHours.atMost };
  if (json) {
    stdout.write(
      `${JSON.stringify({ type: 'plan', region: request.region, options: effective, instance_hours: hours })}\n`,
    );
    return;
  }
  for (const { name, value, from } of effective) stdout.write(`${name.padEnd(18)} ${value}  (${from})\n`);
  if (!effective.some(({ name }) => name === 'region'))
    stdout.write(`${'region'.padEnd(18)} ${request.region}  (where the subnet is)\n`);
  stdout.write(
    `${'instance-hours'.padEnd(18)} ${hours.typical.toFixed(2)} for the soak, ${hours.at_most.toFixed(2)} at most\n\n`,
  );
}

/** A terminal is asked; a script has said what it wants. */
async function isConfirmed(
  { yes, json }: RunCommandFlags,
  { stdin, stdout, interrupted }: CliContext,
): Promise<boolean> {
  if (yes === true || json === true || stdin.isTTY !== true) return true;
  const dialogue = createInterface({ input: stdin, output: stdout });
  try {
    const answer = await dialogue.question('Launch these instances? [y/N] ', { signal: interrupted });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    dialogue.close();
  }
}
