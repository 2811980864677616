/** `ptp-tester demo`: three instances on this machine, real in everything but the PHC, which is SIMULATED and says so. */
import { tmpdir } from 'node:os';
import type { AppOptions } from '../../app/app-parts.ts';
import { startApp } from '../../app/start-app.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { ConfigFile } from '../../config/config-schema.ts';
import { OptionChooser } from '../../config/option-chooser.ts';
import { mergeRunOptions, type RunRequest } from '../../config/run-options.ts';
import type { RunSpec } from '../../runs/run.ts';
import type { CliContext } from '../cli-context.ts';
import { appOptions } from '../flags/controller-options.ts';
import type { DemoFlags } from '../flags/demo-command-flags.ts';
import { openDemoFolder } from './demo-folder.ts';
import { type LocalEc2Process, startLocalEc2Process } from './local-ec2.ts';
import { tryDirectory, withOutDirectory } from './out-directory.ts';
import type { RunExtras } from './run.ts';
import { announce, type StartedRun, soak } from './soak.ts';

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
/** Stands in until the endpoint has said which subnets it has. */
const ANY_SUBNET = 'subnet-00000000';

export async function demo(flags: DemoFlags, context: CliContext, extras: RunExtras = {}): Promise<number> {
  const { instanceTypes, duration } = flags;
  const asked = { instanceTypes, duration, subnetId: [ANY_SUBNET], simulatePhc: true, keep: 'none' };
  const { request } = mergeRunOptions(asked, simulationOf(flags), { isTerminal: false });
  const options = appOptions(flags, context);
  return await withOutDirectory(flags.out, () => runDemo({ flags, request, options, extras }, context));
}

async function runDemo(asked: DemoSoak, context: CliContext): Promise<number> {
  const { flags } = asked;
  const { keepInstances } = flags;
  const keep =
    keepInstances === undefined ? [] : ['--keep-instances', tryDirectory('--keep-instances', keepInstances).path];
  const clear = async (work: string) => (await startLocalEc2Process(['--work', work], context)).close();
  const folder = await openDemoFolder({ temporary: tmpdir(), now: context.now, clear });
  try {
    const ec2 = await startLocalEc2Process(['--work', folder.work, ...keep], context);
    try {
      return await soakOn(ec2, asked, context);
    } finally {
      await ec2.close();
    }
  } finally {
    folder.close();
  }
}

/** Throws ConfigError. */
function simulationOf({ seed: text }: DemoFlags): ConfigFile {
  const chooser = new OptionChooser();
  const seed = chooser.integer('--seed', text, { min: 0, max: 0xffff_ffff });
  if (chooser.problems.length > 0) throw new ConfigError(chooser.problems);
  return seed === undefined ? {} : { soak: { simulated_phc: { seed } } };
}

interface DemoSoak {
  readonly flags: DemoFlags;
  readonly request: RunRequest;
  readonly options: AppOptions;
  readonly extras: RunExtras;
}

async function soakOn(
  ec2: LocalEc2Process,
  { flags, request, options: controller, extras: { evidence = false, started } }: DemoSoak,
  context: CliContext,
): Promise<number> {
  const aws = { ec2Endpoint: ec2.endpoint, ssmEndpoint: ec2.ssmEndpoint, credentials: CREDENTIALS };
  const app = await startApp({ ...controller, aws }, context);
  try {
    const json = flags.json === true;
    announce(app, context, { json });
    if (!json)
      context.stdout.write(`EC2        ${ec2.endpoint} (local-ec2, on this machine); the PHC is SIMULATED\n\n`);
    const onThisMachine = { ...request, region: ec2.region, subnetId: ec2.subnetIds[0] ?? ANY_SUBNET, evidence };
    const onStarted = (run: StartedRun) => {
      if (!json) context.stdout.write(seedText(app.repository.run(run.run)?.spec));
      started?.(run);
    };
    const options = { request: onThisMachine, out: flags.out, json, ec2EndsWithUs: true, started: onStarted };
    const code = await soak(app, options, context);
    // The dashboard's address goes with this process.
    if (!json) context.stdout.write(`look again ./ptp-tester serve --data ${app.dataDirectory.path}\n`);
    return code;
  } finally {
    await app.close();
  }
}

function seedText(spec: RunSpec | undefined): string {
  const seed = spec?.sources.phc?.simulated?.seed;
  return seed === undefined ? '' : `clocks     SIMULATED, made by --seed ${seed}\n`;
}
