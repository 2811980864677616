/** The commands by name, each loaded when it is asked for; what they throw becomes a clear text and an exit code. */
import type { CliContext } from './cli-context.ts';
import { describeFailure } from './cli-error.ts';
import type { Commands } from './command-line.ts';

/** What helps where another controller has the data directory, and more than to stop it. */
export const IN_USE = {
  run: 'stop that one first, give another directory with --data, or hand it the run: ptp-tester run --detach',
  serve: ({ data }: { readonly data: string }) =>
    `ptp-tester status --data ${data} shows where it listens; a second one needs another directory (--data) and other ports`,
  cleanup: (run: string, { data }: { readonly data: string }) =>
    `it removes what its runs made when they end: ptp-tester stop ${run} --data ${data}; what is left then, ptp-tester cleanup removes once that controller has stopped`,
  sweep:
    'stop that one first, or give any other directory with --data: sweep goes by tags alone, and leaves what a living controller has',
} as const;

/** `open` makes what a command needs of the process, once one was chosen: help and usage errors come without it. */
export function createCommands(open: () => Promise<CliContext>): Commands {
  const guarded = async (run: (context: CliContext) => Promise<number>, inUseRemedy?: string): Promise<number> => {
    const context = await open();
    try {
      return await run(context);
    } catch (error) {
      const { text, exitCode } = describeFailure(error, inUseRemedy);
      context.stderr.write(`ptp-tester: ${text}\n`);
      return exitCode;
    }
  };
  return {
    demo: (flags) => guarded(async (context) => (await import('./commands/demo.ts')).demo(flags, context)),
    run: (flags) => guarded(async (context) => (await import('./commands/run.ts')).run(flags, context), IN_USE.run),
    acceptance: (id, flags) =>
      guarded(async (context) => (await import('./commands/acceptance.ts')).acceptance(id, flags, context)),
    serve: (flags) =>
      guarded(async (context) => (await import('./commands/serve.ts')).serve(flags, context), IN_USE.serve(flags)),
    doctor: (flags) => guarded(async (context) => (await import('./commands/doctor.ts')).doctor(flags, context)),
    types: (name, flags) =>
      guarded(async (context) => (await import('./commands/types.ts')).types(name, flags, context)),
    status: (run, flags) =>
      guarded(async (context) => (await import('./commands/status.ts')).status(run, flags, context)),
    calls: (run, flags) => guarded(async (context) => (await import('./commands/calls.ts')).calls(run, flags, context)),
    report: (run, flags) =>
      guarded(async (context) => (await import('./commands/report.ts')).report(run, flags, context)),
    compare: (runs, flags) =>
      guarded(async (context) => (await import('./commands/compare.ts')).compare(runs, flags, context)),
    analyze: (files, flags) =>
      guarded(async (context) => (await import('./commands/analyze.ts')).analyze(files, flags, context)),
    verify: (run, flags) =>
      guarded(async (context) => (await import('./commands/verify.ts')).verify(run, flags, context)),
    backup: (flags) => guarded(async (context) => (await import('./commands/backup.ts')).backup(flags, context)),
    prune: (runs, flags) =>
      guarded(async (context) => (await import('./commands/prune.ts')).prune(runs, flags, context)),
    watch: (run, flags) => guarded(async (context) => (await import('./commands/watch.ts')).watch(run, flags, context)),
    extend: (run, duration, flags) =>
      guarded(async (context) => (await import('./commands/steer.ts')).extend({ run, duration }, flags, context)),
    stop: (run, flags) => guarded(async (context) => (await import('./commands/steer.ts')).stop(run, flags, context)),
    keep: (run, selection, flags) =>
      guarded(async (context) => (await import('./commands/keep.ts')).keep(run, selection, { ...context, flags })),
    cleanup: (run, flags) =>
      guarded(
        async (context) => (await import('./commands/remove.ts')).cleanup(run, flags, context),
        IN_USE.cleanup(run, flags),
      ),
    sweep: (flags) =>
      guarded(async (context) => (await import('./commands/remove.ts')).sweep(flags, context), IN_USE.sweep),
    localEc2: (args) => guarded(async (context) => (await import('./commands/local-ec2.ts')).localEc2(args, context)),
  };
}
