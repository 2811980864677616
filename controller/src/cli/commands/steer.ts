/** `ptp-tester stop RUN` and `ptp-tester extend RUN TIME`: asks the controller that drives the run. */
import type { ExtendReply } from '../../api/live-schemas.ts';
import { formatDuration } from '../../config/duration.ts';
import type { CliContext } from '../cli-context.ts';
import { type ClientFlags, openController, placeWords } from '../controller-client.ts';
import { EXIT } from '../exit-codes.ts';

export interface StopFlags extends ClientFlags {
  readonly reason?: string;
  readonly json?: boolean;
}

export interface ExtendFlags extends ClientFlags {
  readonly json?: boolean;
}

export async function stop(run: string, flags: StopFlags, { stdout }: CliContext): Promise<number> {
  const controller = await openController(flags);
  const reason = flags.reason ?? 'stopped by the operator';
  const answer = await controller.ask({ method: 'POST', path: `/runs/${run}/stop`, body: { reason } });
  const text = `run ${run} is being stopped: its instances are terminated, then it is reported on. See it: ptp-tester watch ${run} ${placeWords(flags)}`;
  stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : `${text}\n`);
  return EXIT.completed;
}

export async function extend(
  { run, duration }: { readonly run: string; readonly duration: string },
  flags: ExtendFlags,
  { stdout }: CliContext,
): Promise<number> {
  const controller = await openController(flags);
  const answer = await controller.ask<ExtendReply>({
    method: 'POST',
    path: `/runs/${run}/extend`,
    body: { duration },
  });
  const text = `run ${run}: the soak now ends at ${answer.soak_ends_at.slice(0, 19)}Z; ${formatDuration(answer.extended_by_seconds)} more than the ${formatDuration(answer.planned_soak_seconds)} that were planned`;
  stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : `${text}\n`);
  return EXIT.completed;
}
