/** 500 agents at the default cadence: what the controller costs without and with ten live sockets, one of which reads nothing. */
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { RUN_ID, TOKEN } from '../integration/ingest-support.ts';
import { type BenchResult, compared } from './bench-result.ts';
import { MeasuredProcess, splitCores } from './measured-process.ts';

const AGENTS = 500;
const SOCKETS = 10;
/** Four samples a second in batches of five seconds. */
const ROWS = 20;
const SETTLE_MS = 12_000;

export async function benchLive(seconds = 15): Promise<BenchResult[]> {
  const cores = splitCores(cpus().length);
  const script = (name: string) => join(import.meta.dirname, name);
  const controller = new MeasuredProcess({ script: script('bench-live-controller.ts'), cores: cores?.measured });
  const fleet = new MeasuredProcess({ script: script('bench-fleet.ts'), cores: cores?.load });
  const readers: LiveReader[] = [];
  try {
    const { port, api } = await controller.ask<{ port: number; api: string }>({ do: 'start', instances: AGENTS });
    const load = { rowsPerBatch: ROWS, pace: { batchesPerSecond: 1 / 5 }, stream: 'phc' };
    await fleet.ask({ do: 'connect', agents: AGENTS, url: `ws://127.0.0.1:${port}/v1/agent`, ...load });
    await fleet.ask({ do: 'start' });
    await sleep(SETTLE_MS);
    const without = await coresOver(controller, seconds);
    for (let count = 0; count < SOCKETS; count++) readers.push(await LiveReader.open(api, { reads: count > 0 }));
    await sleep(2000);
    for (const reader of readers) reader.forget();
    const withSockets = await coresOver(controller, seconds);
    const [, first] = readers;
    const note = `each reader got ${first?.messages} messages, ${Math.round((first?.bytes ?? 0) / seconds / 1000)} kB/s; longest time between two ${Math.round(first?.longestMs ?? 0)} ms`;
    const cpu = {
      name: `${AGENTS} agents, ${SOCKETS} live sockets: controller CPU`,
      value: withSockets * 100,
      unit: '% of a core',
      note,
    };
    const memory = { name: 'its memory', value: controller.rssBytes / 1e6, unit: 'MB' };
    return [compared(cpu, { name: 'without sockets', value: without * 100, unit: '% of a core' }), memory];
  } finally {
    for (const reader of readers) reader.close();
    await fleet.end();
    await controller.ask({ do: 'stop' }).catch(() => undefined);
    await controller.end();
  }
}

async function coresOver(process: MeasuredProcess, seconds: number): Promise<number> {
  const before = process.cpuSeconds;
  const startedAt = performance.now();
  await sleep(seconds * 1000);
  return (process.cpuSeconds - before) / ((performance.now() - startedAt) / 1000);
}

class LiveReader {
  readonly #socket: WebSocket;
  messages = 0;
  bytes = 0;
  longestMs = 0;
  #lastAt = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#count(data.length));
  }

  static async open(api: string, { reads }: { readonly reads: boolean }): Promise<LiveReader> {
    const url = `${api.replace(/^http/, 'ws')}/api/v1/live`;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${TOKEN}` } });
    const reader = new LiveReader(socket);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'watch', run: RUN_ID, instance: null }));
    if (!reads) socket.pause();
    return reader;
  }

  forget(): void {
    this.messages = 0;
    this.bytes = 0;
    this.longestMs = 0;
    this.#lastAt = performance.now();
  }

  close(): void {
    this.#socket.terminate();
  }

  #count(bytes: number): void {
    const now = performance.now();
    this.messages += 1;
    this.bytes += bytes;
    this.longestMs = Math.max(this.longestMs, now - this.#lastAt);
    this.#lastAt = now;
  }
}
