/** `ptp-tester demo`: three instances on this machine, real in everything but the PHC, which is SIMULATED and says so. */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { AppOptions } from '../../app/app-parts.ts';
import { startApp } from '../../app/start-app.ts';
import { mergeRunOptions, type RunRequest } from '../../config/run-options.ts';
import type { CliContext } from '../cli-context.ts';
import type { DemoFlags } from '../command-line.ts';
import { appOptions } from '../flags/controller-options.ts';
import { openDemoFolder } from './demo-folder.ts';
import { type LocalEc2Process, startLocalEc2Process } from './local-ec2.ts';
import type { RunExtras } from './run.ts';
import { announce, soak } from './soak.ts';

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
/** Stands in until the endpoint has said which subnets it has. */
const ANY_SUBNET = 'subnet-00000000';

export async function demo(flags: DemoFlags, context: CliContext, extras: RunExtras = {}): Promise<number> {
  const { instanceTypes, duration } = flags;
  const asked = { instanceTypes, duration, subnetId: [ANY_SUBNET], simulatePhc: true, keep: 'none' };
  const { request } = mergeRunOptions(asked, {}, { isTerminal: false });
  const options = appOptions(flags, context);
  const keep = flags.keepInstances === undefined ? [] : ['--keep-instances', await madeDirectory(flags.keepInstances)];
  const clear = async (work: string) => (await startLocalEc2Process(['--work', work], context)).close();
  const folder = await openDemoFolder({ temporary: tmpdir(), now: context.now, clear });
  try {
    const ec2 = await startLocalEc2Process(['--work', folder.work, ...keep], context);
    try {
      return await soakOn(ec2, { flags, request, options, extras }, context);
    } finally {
      await ec2.close();
    }
  } finally {
    folder.close();
  }
}

interface DemoSoak {
  readonly flags: DemoFlags;
  readonly request: RunRequest;
  readonly options: AppOptions;
  readonly extras: RunExtras;
}

async function soakOn(
  ec2: LocalEc2Process,
  { flags, request, options, extras: { evidence = false, started } }: DemoSoak,
  context: CliContext,
): Promise<number> {
  const aws = { ec2Endpoint: ec2.endpoint, ssmEndpoint: ec2.ssmEndpoint, credentials: CREDENTIALS };
  const app = await startApp({ ...options, aws }, context);
  try {
    const json = flags.json === true;
    announce(app, context, { json });
    if (!json)
      context.stdout.write(`EC2        ${ec2.endpoint} (local-ec2, on this machine); the PHC is SIMULATED\n\n`);
    const onThisMachine = { ...request, region: ec2.region, subnetId: ec2.subnetIds[0] ?? ANY_SUBNET, evidence };
    const code = await soak(
      app,
      { request: onThisMachine, out: flags.out, json, ec2EndsWithUs: true, started },
      context,
    );
    // The dashboard's address goes with this process.
    if (!json) context.stdout.write(`look again ./ptp-tester serve --data ${app.dataDirectory.path}\n`);
    return code;
  } finally {
    await app.close();
  }
}

async function madeDirectory(directory: string): Promise<string> {
  const path = resolve(directory);
  await mkdir(path, { recursive: true });
  return path;
}
