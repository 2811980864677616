import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { sampleDatabasePath } from '../../controller/src/store/sample-database.ts';
import { SeededRandom } from '../bench/seeded-random.ts';
import { EPOCH, HandAgent, IngestSite, instanceIdOf, RUN_ID, recordAt } from './ingest-support.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ptp-crash-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

class Child {
  readonly process: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, port: number) {
    this.process = child;
    this.url = `ws://127.0.0.1:${port}/v1/agent`;
  }

  static async start(): Promise<Child> {
    const child = fork(join(import.meta.dirname, 'ingest-child.ts'), [directory], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve((message as { port: number }).port));
      child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)));
    });
    return new Child(child, port);
  }

  async kill(): Promise<void> {
    const exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await exited;
  }
}

function storedThrough(): number {
  const reader = openSampleReader(sampleDatabasePath(directory, RUN_ID));
  try {
    const { records } = reader.coverage(instanceIdOf(1), EPOCH);
    expect(records.length).toBeLessThanOrEqual(1);
    const last = records[0]?.last ?? 0;
    const from = Math.max(1, last - 50);
    for (let sequence = from; sequence <= last; sequence++) {
      expect(reader.recordBytes(instanceIdOf(1), EPOCH, sequence)).toEqual(recordAt(sequence));
    }
    const { samples, records: batches } = reader.series()[0] ?? { samples: 0, records: 0 };
    expect(batches).toBe(Math.max(0, last - 1));
    expect(samples).toBe(batches * 5);
    return last;
  } finally {
    reader.close();
  }
}

function highestAck(agent: HandAgent): number {
  return agent.received.reduce(
    (highest, message) => (message.type === 'ack' ? Math.max(highest, message.through) : highest),
    0,
  );
}

/** Sends frame after frame, the next when the one before is acknowledged, so that the kill meets commits under way. */
async function sendUntilClosed(agent: HandAgent, from: number, perFrame: number): Promise<void> {
  for (let next = from; ; next += perFrame) {
    agent.sendRecords(...Array.from({ length: perFrame }, (_, index) => recordAt(next + index)));
    if ((await Promise.race([agent.ackedThrough(next), agent.closed.then(() => null)])) === null) return;
  }
}

describe('kill -9 while it ingests', () => {
  it('never loses what was acknowledged, ten times at random', async () => {
    const random = new SeededRandom(20_261_121);
    let acked = 0;
    for (let round = 0; round < 10; round++) {
      const child = await Child.start();
      const agent = await HandAgent.streaming(child, { epochs: [{ epoch: EPOCH, first: acked + 1, next: acked + 1 }] });
      const stored = (await agent.next('enrolled')).stored[0]?.through ?? 0;
      expect(stored).toBeGreaterThanOrEqual(acked);
      const sending = sendUntilClosed(agent, stored + 1, 1 + Math.floor(random.uniform() * 20)).catch(() => undefined);
      await agent.ackedThrough(stored + 1);
      const killAt = stored + 1 + Math.floor(random.uniform() * 200);
      await agent.ackedThrough(killAt);
      await child.kill();
      await agent.closed;
      await sending;
      acked = highestAck(agent);
      expect(acked).toBeGreaterThan(stored);
      expect(storedThrough()).toBeGreaterThanOrEqual(acked);
    }
  });
});

describe('a disk without room', () => {
  it('acknowledges nothing that is not stored, says so once, and goes on when there is room again', async () => {
    const child = await Child.start();
    const agent = await HandAgent.streaming(child);
    agent.sendRecords(...Array.from({ length: 50 }, (_, index) => recordAt(index + 1)));
    await agent.ackedThrough(50);
    const limit = (bytes: string) =>
      spawnSync('prlimit', ['--pid', `${child.process.pid}`, `--fsize=${bytes}:unlimited`]);
    expect(limit('300000').status).toBe(0);
    const more = Array.from({ length: 3000 }, (_, index) => recordAt(51 + index));
    for (let at = 0; at < more.length; at += 500) agent.sendRecords(...more.slice(at, at + 500));
    const control = new DatabaseSync(join(directory, 'control.db'), { readOnly: true });
    await expect
      .poll(() => control.prepare("SELECT count(*) AS n FROM events WHERE event = 'store_failed'").get()?.['n'], {
        timeout: 30_000,
      })
      .toBe(1);
    control.close();
    const acked = highestAck(agent);
    expect(acked).toBeLessThan(3050);
    expect(storedThrough()).toBeGreaterThanOrEqual(acked);
    expect(limit('unlimited').status).toBe(0);
    await agent.ackedThrough(3050);
    expect(storedThrough()).toBe(3050);
    await child.kill();
  });

  it('stores what it had acknowledged when the database reaches its page limit, and continues with a larger one', async () => {
    const small = new IngestSite({ directory, maxPages: 80, lingerMs: 1 });
    await small.start();
    const agent = await HandAgent.streaming(small);
    let sent = 0;
    while (small.events('store_failed').length === 0) {
      agent.sendRecords(...Array.from({ length: 200 }, (_, index) => recordAt(sent + index + 1)));
      sent += 200;
      await Promise.race([agent.ackedThrough(sent), expect.poll(() => small.events('store_failed').length).toBe(1)]);
    }
    const acked = highestAck(agent);
    expect(acked).toBeGreaterThan(0);
    expect(acked).toBeLessThan(sent);
    await agent.close();
    await small.listener.close();
    small.repository.close();
    expect(storedThrough()).toBe(acked);
    const large = new IngestSite({ directory });
    await large.start();
    const again = await HandAgent.streaming(large, { epochs: [{ epoch: EPOCH, first: acked + 1, next: sent + 1 }] });
    again.sendRecords(...Array.from({ length: sent - acked }, (_, index) => recordAt(acked + 1 + index)));
    await again.ackedThrough(sent);
    expect(storedThrough()).toBe(sent);
    await large.close();
  });
});
