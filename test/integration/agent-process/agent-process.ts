/** Runs the real bundled agent as a process against doubles of controller and metadata service. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleAgent } from '@ptp-tester/agent';
import { type MetadataDouble, startMetadataDouble } from '@ptp-tester/testkit';
import { parseSpoolLedger, type SpoolLedger } from '@ptp-tester/wire';

export interface AgentProcessOptions {
  readonly controllerUrl: string;
  readonly caPem?: string;
}

export class AgentProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'ptp-agent-process-'));
  #child: ChildProcess | null = null;
  #metadata: MetadataDouble | null = null;
  stderr = '';
  /** Added to the environment of the next start. */
  environment: Readonly<Record<string, string>> = {};

  async configure({ controllerUrl, caPem }: AgentProcessOptions): Promise<void> {
    this.#metadata = await startMetadataDouble();
    const config = {
      controller_url: controllerUrl,
      run: '20261120-231757-k3f9',
      index: 1,
      attempt: 1,
      token: 'the-token',
      state_dir: join(this.folder, 'state'),
      ...(caPem === undefined ? {} : { ca_pem: caPem }),
    };
    writeFileSync(join(this.folder, 'agent.json'), JSON.stringify(config));
    // Stands in for the machine's: what matters is that it was called.
    writeFileSync(join(this.folder, 'shutdown'), `#!/bin/sh\necho "$@" >>"${this.folder}/shutdown.log"\n`, {
      mode: 0o755,
    });
  }

  async start(): Promise<void> {
    const { path } = await bundleAgent();
    const child = spawn(path, ['run', '--config', join(this.folder, 'agent.json')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: `${this.folder}:${process.env['PATH']}`,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: this.#metadata?.url,
        ...this.environment,
      },
    });
    child.stderr?.on('data', (text) => {
      this.stderr += String(text);
    });
    this.#child = child;
  }

  /** Ends the process with the signal and waits for it; the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.#child?.kill(signal);
    return this.exited();
  }

  exited(): Promise<number | NodeJS.Signals | null> {
    const child = this.#child;
    return new Promise((resolve) => {
      if (child === null) resolve(null);
      else if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? child.signalCode);
      else child.once('exit', (code, signal) => resolve(code ?? signal));
    });
  }

  get ledger(): SpoolLedger {
    return parseSpoolLedger(readFileSync(join(this.folder, 'state', 'spool', 'ledger.json'), 'utf8'));
  }

  get segments(): readonly string[] {
    return readdirSync(join(this.folder, 'state', 'spool')).filter((name) => name.endsWith('.seg'));
  }

  get shutdownLog(): string {
    const path = join(this.folder, 'shutdown.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    this.#metadata?.close();
    rmSync(this.folder, { recursive: true });
  }
}
