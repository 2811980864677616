/** A whole controller as users run it, `serve`, with EC2 and agents on this machine, and a browser that is signed in to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OnTestFinished, type Spine, startSpine } from '../spine/spine-harness.ts';
import { ChromiumPage } from './chromium-page.ts';

export interface LiveController {
  readonly spine: Spine;
  readonly chromium: ChromiumPage;
  readonly token: string;
}

/** Everything ends with the test. */
export async function openLiveController(onTestFinished: OnTestFinished): Promise<LiveController> {
  const spine = await startSpine(onTestFinished);
  await spine.serve().line(/"type":"resumed"/);
  const chromium = await ChromiumPage.open(`http://127.0.0.1:${spine.operatorPort}`);
  onTestFinished(() => chromium.close());
  return { spine, chromium, token: readFileSync(join(spine.data, 'operator.token'), 'utf8').trim() };
}

export interface RunText {
  readonly subnetId: string;
  readonly instances: number;
  readonly duration: string;
}

/** The configuration of a run that asks what to keep. */
export function configurationOf({ subnetId, instances, duration }: RunText): string {
  return `instance_types:
  - type: c7i.large
    quantity: ${instances}
subnet_id: ${subnetId}
soak:
  duration: ${duration}
  simulated_phc:
    { seed: 1, offset_ns: 120, frequency_ppb: 0, white_noise_ns: 30, random_walk_ns: 5, read_delay_ns: 1500, faults: [] }
cleanup:
  keep: ask
`;
}
