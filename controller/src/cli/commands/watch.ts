/** `ptp-tester watch RUN`: follows a run of a controller that runs elsewhere; leaving it changes nothing. */

import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { type ClientFlags, openController, placeWords } from '../controller-client.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { LiveConnection } from '../live/live-connection.ts';
import { createWatchDisplay } from '../live/watch-display.ts';

export interface WatchFlags extends ClientFlags {
  readonly json?: boolean;
}

/** Redrawn at least so often: times pass also when nothing changes. */
const REDRAW_MS = 1000;

export async function watch(run: string, flags: WatchFlags, context: CliContext): Promise<number> {
  const { locate, ask } = await openController(flags);
  // Says at once when there is no such run, or no controller.
  await ask({ path: `/runs/${run}` });
  const { interrupted, now, stderr } = context;
  const over = Promise.withResolvers<number>();
  const display = createWatchDisplay({ json: flags.json === true }, context);
  const show = () => {
    const followed = connection.followed;
    if (followed === null) return;
    display.show(followed);
    // After a new connection the run comes first, its instances then: the last look is at both.
    if (followed.run.state === 'ended' && followed.lostAt === null) over.resolve(exitCodeOf(followed.run.outcome));
  };
  const connection = new LiveConnection(
    { locate, run },
    {
      now,
      listener: {
        onChange: show,
        onEvents: (events) => display.events(events),
        onRefused: (reason) => over.reject(new UsageError(`${run} cannot be watched: ${reason}.`)),
      },
    },
  );
  interrupted.addEventListener('abort', () => over.resolve(EXIT.completed), { once: true });
  const redraw = setInterval(show, REDRAW_MS);
  connection.start();
  try {
    return await over.promise;
  } finally {
    clearInterval(redraw);
    connection.close();
    display.done();
    if (interrupted.aborted) {
      const place = placeWords(flags);
      stderr.write(
        `Not watching any more; the run goes on. Again: ptp-tester watch ${run} ${place}; end it: ptp-tester stop ${run} ${place}\n`,
      );
    }
  }
}
