/** `ptp-tester run`: launch instances, soak, report, keep or terminate. */
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { startApp } from '../app/start-app.ts';
import { parseConfigFile } from '../config/config-file.ts';
import type { ConfigFile } from '../config/config-schema.ts';
import { withMaskFiles } from '../config/criteria-mask-files.ts';
import { mergeRunOptions, type RunOptions } from '../config/run-options.ts';
import type { AwsOptions } from '../fleet/ec2-client.ts';
import { findRegionOfSubnet } from '../fleet/ec2-region.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './cli-error.ts';
import type { RunCommandFlags } from './command-line.ts';
import { appOptions } from './controller-options.ts';
import { EXIT } from './exit-codes.ts';
import { announce, soak } from './soak.ts';

export async function run(flags: RunCommandFlags, context: CliContext): Promise<number> {
  const file = flags.config === undefined ? {} : await readConfigFile(flags.config);
  const options = mergeRunOptions(flags, file, { isTerminal: context.stdin.isTTY === true });
  const json = flags.json === true;
  if (options.privateKeyPath !== null) await checkPrivateKey(options.privateKeyPath, context);
  const controller = appOptions(flags, context);
  const aws = { ...context.aws, ...(options.profile === null ? {} : { profile: options.profile }) };
  const request = { ...options.request, region: await regionOf(options, aws) };
  showPlan({ ...options, request }, json, context);
  if (flags.dryRun === true) return EXIT.completed;
  if (!(await isConfirmed(flags, context))) return EXIT.usage;
  const app = await startApp({ ...controller, aws }, context);
  try {
    announce(app, context, { json });
    return await soak(app, { request, out: flags.out, json }, context);
  } finally {
    await app.close();
  }
}

async function readConfigFile(path: string): Promise<ConfigFile> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--config: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const file = parseConfigFile(path, content);
  if (file.criteria === undefined) return file;
  return { ...file, criteria: withMaskFiles(file.criteria, (mask) => readFileSync(mask, 'utf8')) };
}

async function regionOf({ request }: RunOptions, aws: AwsOptions): Promise<string> {
  const region = request.region ?? (await findRegionOfSubnet(request.subnetId, aws));
  if (region !== null) return region;
  throw new UsageError(
    `--subnet-id: ${request.subnetId} is in no region of these credentials. Give --region, or check --profile.`,
  );
}

/** Accepted for compatibility: nothing connects in, so the key is never read. */
async function checkPrivateKey(path: string, { stderr, home }: CliContext): Promise<void> {
  const expanded = path.replace(/^~(?=\/)/, home);
  const found = await stat(expanded).catch(() => null);
  if (found === null || !found.isFile())
    throw new UsageError(`--private-key-path: ${path} is not a file. It is not needed: leave it out.`);
  stderr.write(`private key ${path}: not needed and not read, nothing connects to the instances\n`);
  if ((found.mode & 0o077) !== 0) stderr.write(`private key ${path}: others can read it; chmod 600 ${path}\n`);
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
