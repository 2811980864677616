/** What `run` and `demo` share: start a run, show it until it has ended, print verdict and report, give the exit code. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../../app/start-app.ts';
import type { RunRequest } from '../../config/run-options.ts';
import type { InstanceReport, Report } from '../../report/report-schema.ts';
import { qualityWord } from '../../report/verdict-words.ts';
import { copyReport, type WrittenReport, writeReport } from '../../report/write-report.ts';
import type { Leftover, RunId } from '../../runs/run.ts';
import type { CliContext, Farewell } from '../cli-context.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { liveViewOf } from '../live/app-live-view.ts';
import { askWhatToKeep, awaitsKeepDecision } from '../live/keep-dialogue.ts';
import { createLiveProgress } from '../live/live-progress.ts';
import { ProgressReader } from '../live/run-progress.ts';
import { endCommand } from '../text/kept-instances.ts';
import { analysisProgressText, createWorkProgress } from '../text/work-progress.ts';

const LOOK_EVERY_MS = 500;
const ASK_TO_STOP = 'Ctrl-C ends the run early: its instances are terminated and reported on';
const STOPPING = 'Stopping: the instances are being terminated. Ctrl-C again leaves at once';

export interface SoakOptions {
  readonly request: RunRequest & { readonly region: string };
  readonly out: string | undefined;
  /** Its EC2 is ours and ends with this process: nothing can be left behind. */
  readonly ec2EndsWithUs?: boolean;
  readonly json: boolean;
  /** Called once the run is created. */
  readonly started?: ((started: StartedRun) => void) | undefined;
}

export interface StartedRun {
  readonly run: RunId;
  readonly data: string;
}

/** Prints what is needed to find one's way from another terminal. */
export function announce(app: App, { stdout }: CliContext, { json }: { readonly json: boolean }): void {
  const { operatorUrl, publicUrl, dataDirectory } = app;
  if (json) {
    stdout.write(
      `${JSON.stringify({ type: 'ready', api: operatorUrl, agents: publicUrl, data: dataDirectory.path })}\n`,
    );
    return;
  }
  stdout.write(`operators  ${operatorUrl} (token in ${dataDirectory.path}/operator.token)\n`);
  stdout.write(`agents     ${publicUrl}\n`);
  stdout.write(`data       ${dataDirectory.path}\n`);
}

/** Runs a soak to its end; the first interrupt ends it early and still cleans up. */
export async function soak(app: App, options: SoakOptions, context: CliContext): Promise<number> {
  const run = await app.startRun({ ...options.request, publicUrl: app.publicUrl });
  options.started?.({ run, data: app.dataDirectory.path });
  const stop = () => {
    context.stderr.write('\nStopping: the instances are being terminated. Press Ctrl-C again to leave at once.\n');
    app.requestStop(run, 'interrupted by the operator');
  };
  if (options.ec2EndsWithUs !== true)
    context.beforeLeaving(() => farewellOf({ run, data: app.dataDirectory.path }, app.leftBehindNow(run)));
  // An interrupt may have come while the run was prepared; nothing is launched then.
  if (context.interrupted.aborted) stop();
  else context.interrupted.addEventListener('abort', stop, { once: true });
  await watchUntilEnded(app, { run, json: options.json }, context);
  const written = await finalReport(app, run, context);
  const report = written === null ? await app.report(run) : await readReport(written);
  const copied = await copyTo(options.out, { app, report, run, written }, context);
  printVerdict({ report, files: copied ?? written, json: options.json }, context);
  if (!options.json) context.stdout.write(keptText(report, app.dataDirectory.path));
  const { outcome = null, leftovers } = app.repository.run(run) ?? {};
  context.stderr.write(leftText(leftovers ?? [], { run, data: app.dataDirectory.path }));
  const isWritten = written !== null && copied !== null;
  return isWritten ? exitCodeOf(outcome) : Math.max(exitCodeOf(outcome), EXIT.couldNotComplete);
}

/** Empty when nothing is left behind. */
function leftText(leftovers: readonly Leftover[], { run, data }: StartedRun): string {
  if (leftovers.length === 0) return '';
  const lines = leftovers.map(({ kind, id, command }) => `LEFT BEHIND ${kind} ${id}; remove it with: ${command}\n`);
  return `${lines.join('')}All of it, once that can be: ptp-tester cleanup ${run} --data ${data}\n`;
}

/** What stays costs money, and only its operator ends it. Empty when nothing stays. */
function keptText({ run: { id, region }, results }: Report, data: string): string {
  const kept = results.filter(({ kept_running: isKept }) => isKept);
  if (kept.length === 0) return '';
  const ids = kept.flatMap(({ instance_id: instance }) => instance ?? []);
  return [
    `kept       ${kept.map(({ name }) => name).join(', ')}: still running, and costing money until you end them:`,
    `           ${endCommand(region, ids)}`,
    `           and then, for the groups that stay with them: ptp-tester cleanup ${id} --data ${data}\n`,
  ].join('\n');
}

/** For whoever leaves without waiting: what costs money until somebody removes it, and how. */
function farewellOf({ run, data }: StartedRun, left: readonly Leftover[]): Farewell {
  if (left.length === 0)
    return { text: '\nLeaving at once; nothing is left behind.\n', exitCode: EXIT.couldNotComplete };
  const lines = left.map(({ kind, id, command }) => `  ${kind} ${id}${command === '' ? '' : `: ${command}`}`);
  const others = [
    'These may still be there, and cost money:',
    ...lines,
    `ptp-tester cleanup ${run} --data ${data} removes all of them;`,
    `ptp-tester serve --data ${data} goes on where this stopped and does so too.`,
  ];
  return { text: `\nLeaving at once. ${others.join('\n')}\n`, exitCode: EXIT.leftBehind };
}

/** Waits for the report that is made of every run that has ended; null when that failed. */
async function finalReport(app: App, run: RunId, { stderr, now }: CliContext): Promise<WrittenReport | null> {
  const progress = createWorkProgress(stderr, now);
  const stop = app.onReportProgress((id, done) => {
    if (id === run) progress.show(analysisProgressText(done));
  });
  try {
    return await app.reportFiles(run);
  } finally {
    stop();
    progress.done();
  }
}

async function readReport({ json }: WrittenReport): Promise<Report> {
  return JSON.parse(await readFile(json, 'utf8')) as Report;
}

interface ToCopy {
  readonly app: App;
  readonly report: Report;
  readonly run: RunId;
  readonly written: WrittenReport | null;
}

/** The files of the final report where `--out` asks for them; null where they could not be written, which is told. */
async function copyTo(directory: string | undefined, parts: ToCopy, { stderr }: CliContext) {
  if (directory === undefined) return parts.written;
  try {
    return await writtenIn(directory, parts);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const data = parts.app.dataDirectory.path;
    stderr.write(`--out: the report could not be written in ${directory} (${why}). The run's data is in ${data};\n`);
    stderr.write(`write it again with: ptp-tester report ${parts.run} --data ${data} --out ${directory}\n`);
    return null;
  }
}

/** Made anew where it could not be written before. */
async function writtenIn(directory: string, { app, report, run, written }: ToCopy): Promise<WrittenReport> {
  if (written !== null) return await copyReport(directory, written);
  const reader = app.openReader(run);
  try {
    return await writeReport(directory, report, { reader });
  } finally {
    reader?.close();
  }
}

async function watchUntilEnded(
  app: App,
  { run, json }: { run: RunId; json: boolean },
  context: CliContext,
): Promise<void> {
  const hint = () => (context.interrupted.aborted ? STOPPING : ASK_TO_STOP);
  const terminal = { ...context.terminal, view: liveViewOf(app, run, { now: context.now, hint }) };
  const newDisplay = () => createLiveProgress({ stream: context.stdout, json, terminal });
  let display = newDisplay();
  const reader = new ProgressReader(app, run);
  const changes = watchChanges(app, run);
  const canAsk = context.stdin.isTTY === true && !json;
  try {
    for (;;) {
      const progress = reader.read(context.now());
      display.show(progress);
      if (progress.run.state === 'ended') return;
      if (canAsk && !context.interrupted.aborted && awaitsKeepDecision(progress.run)) {
        display.done();
        await askWhatToKeep(app, progress.run, context);
        display = newDisplay();
      }
      await Promise.race([sleep(LOOK_EVERY_MS), changes.next()]);
    }
  } finally {
    changes.stop();
    reader.close();
    display.done();
  }
}

/** Says when the run or one of its instances changes, so that no state passes unseen between two looks. */
function watchChanges(app: App, run: RunId): { next(): Promise<void>; stop(): void } {
  let changed = Promise.withResolvers<void>();
  const stop = app.repository.onChange((id) => {
    if (id === run) changed.resolve();
  });
  return {
    stop,
    async next() {
      await changed.promise;
      changed = Promise.withResolvers<void>();
    },
  };
}

interface VerdictToPrint {
  readonly report: Report;
  readonly files: WrittenReport | null;
  readonly json: boolean;
}

function printVerdict({ report, files, json }: VerdictToPrint, { stdout, stderr }: CliContext): void {
  const { run, verdict, results } = report;
  if (json) {
    const { outcome, stop_reason } = run;
    stdout.write(`${JSON.stringify({ type: 'ended', run: run.id, outcome, stop_reason, verdict, report: files })}\n`);
    return;
  }
  stdout.write(`\n${verdict.sentence}\n`);
  const byType = Object.values(report.test_summary.instance_type_summary);
  if (byType.length > 1) for (const { sentence } of byType) stdout.write(`  ${sentence}\n`);
  stdout.write(results.map(axesText).join(''));
  if (run.stop_reason !== null) stdout.write(`ended early: ${run.stop_reason}\n`);
  if (files === null) stderr.write('The report could not be written; see the log above.\n');
  else stdout.write(`report     ${Object.values(files).join('\n           ')}\n`);
}

function axesText(result: InstanceReport): string {
  const axes = Object.entries(result.verdict).map(([axis, { value, reason }]) => {
    const word = axis === 'quality' ? qualityWord(result) : value.replaceAll('_', ' ');
    return `  ${axis.padEnd(11)}${word}: ${reason}\n`;
  });
  return `${result.name} ${result.instance_id ?? '(never launched)'}\n${axes.join('')}`;
}
