/** Asks chronyd through the chronyc program: the fallback where the command port is closed (`cmdport 0`). Starts a process per report. */
import { execFile } from 'node:child_process';
import { ChronyError } from './chrony-error.ts';
import type { ChronyReports } from './chrony-reports.ts';
import { parseSourceStatsCsv, parseSourcesCsv, parseTrackingCsv } from './chronyc-csv.ts';

export interface ChronycOptions {
  /** The program, found through PATH when it is a bare name. */
  readonly program: string;
  /** Put before `-c -n REPORT`; `-h HOST -p PORT` for a chronyd that is not the machine's own. */
  readonly args: readonly string[];
  readonly timeoutMs: number;
}

export const CHRONYC_OPTIONS: ChronycOptions = { program: 'chronyc', args: [], timeoutMs: 2000 };

const MAX_OUTPUT_BYTES = 256 * 1024;

/** Reports through chronyc. Opens nothing; the first report shows whether it works. */
export function chronycReports(options: ChronycOptions): ChronyReports {
  return {
    via: options.program,
    tracking: async () => parseTrackingCsv(await runChronyc(options, 'tracking')),
    sources: async () => parseSourcesCsv(await runChronyc(options, 'sources')),
    sourceStats: async () => parseSourceStatsCsv(await runChronyc(options, 'sourcestats')),
    close: () => undefined,
  };
}

function runChronyc(options: ChronycOptions, report: string): Promise<string> {
  const args = [...options.args, '-c', '-n', report];
  const limits = { timeout: options.timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'utf8' } as const;
  return new Promise((resolve, reject) => {
    execFile(options.program, args, limits, (error, stdout) => {
      if (error === null) return resolve(stdout);
      const code = error.killed ? 'timeout' : 'unreachable';
      // chronyc says "506 Cannot talk to daemon" on its standard output.
      const said = stdout.trim().slice(0, 200);
      reject(new ChronyError({ code, detail: `${options.program} ${report}: ${said || error.message}`, cause: error }));
    });
  });
}
