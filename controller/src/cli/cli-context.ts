/** What commands need of the process around them; made once in main.ts. */
import type { Logger } from 'pino';
import type { BuildAgent } from '../app/agent-files.ts';
import type { AwsOptions } from '../fleet/aws/ec2-client.ts';
import type { AtExit } from './live/live-screen.ts';

export interface Farewell {
  readonly text: string;
  readonly exitCode: number;
}

export interface CliContext {
  readonly version: string;
  /** The repository's root. */
  readonly root: string;
  /** For `~` in paths. */
  readonly home: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly log: Logger;
  readonly aws: AwsOptions;
  readonly buildAgent: BuildAgent;
  readonly terminal: {
    /** Whether standard output is a terminal on which lines can be drawn anew. */
    readonly redraws: boolean;
    /** False where NO_COLOR asks for none. */
    readonly colors: boolean;
    /** Has something done when the process ends, however; returns how to take that back. */
    readonly atExit: AtExit;
  };
  /** Whole milliseconds since 1970. */
  now(): number;
  /** Aborted by the first SIGINT or SIGTERM. The second one ends the process at once, after what `beforeLeaving` says. */
  readonly interrupted: AbortSignal;
  /** Does what SIGINT does. */
  interrupt(): void;
  /** Says what is printed, and the exit code, when the process is told to leave at once. */
  beforeLeaving(farewell: () => Farewell): void;
}
