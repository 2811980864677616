/** `ptp-tester serve`: the controller alone, until it is interrupted. Runs that it finds go on. */
import { once } from 'node:events';
import { startApp } from '../../app/start-app.ts';
import type { CliContext } from '../cli-context.ts';
import type { ControllerFlags } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { appOptions } from '../flags/controller-options.ts';
import { announce } from './soak.ts';

export async function serve(
  flags: ControllerFlags & { readonly json?: boolean },
  context: CliContext,
): Promise<number> {
  const app = await startApp(appOptions(flags, context), context);
  try {
    const json = flags.json === true;
    announce(app, context, { json });
    const resumed = json
      ? JSON.stringify({ type: 'resumed', runs: app.resumed })
      : `runs that go on: ${app.resumed.join(', ') || 'none'}`;
    context.stdout.write(`${resumed}\n`);
    if (!context.interrupted.aborted) await once(context.interrupted, 'abort');
    const open = app.repository.runs().filter(({ state }) => state !== 'ended');
    if (open.length > 0)
      context.stderr.write(
        `Not ended: ${open.map(({ id }) => id).join(', ')}. Start serve again on the same data to go on.\n`,
      );
    return EXIT.completed;
  } finally {
    await app.close();
  }
}
