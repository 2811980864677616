/** A folder in which commands of ptp-tester run as a user runs them; whatever they leave ends with the test. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from './program.ts';
import { nodeWords, type OnTestFinished } from './spine-harness.ts';

export class CliSite {
  readonly directory: string;
  readonly #programs: Program[] = [];
  readonly #environment: Readonly<Record<string, string>>;

  /** `environment`: besides what every command gets, and instead of it. */
  constructor(onTestFinished: OnTestFinished, environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment;
    onTestFinished(() => this.#close());
    this.directory = mkdtempSync(join(tmpdir(), 'ptp-cli-'));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Its temporary files lie in the folder too, so that what it leaves is found. */
  start(...args: readonly string[]): Program {
    const temporary = this.path('tmp');
    mkdirSync(temporary, { recursive: true });
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.directory,
      TMPDIR: temporary,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      ...this.#environment,
    };
    const words = nodeWords('controller/src/main.ts', args);
    const program = new Program({ words, environment, directory: this.directory });
    this.#programs.push(program);
    return program;
  }

  async run(...args: readonly string[]): Promise<Program> {
    const program = this.start(...args);
    await program.ended;
    return program;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
