import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { IngestQueue } from './ingest-queue.ts';

it('a connection that comes while there is no worker is lost at once, and those after it are served', async ({
  onTestFinished,
}) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'ptp-queue-'));
  onTestFinished(() => rmSync(dataDirectory, { recursive: true }));
  const ignore = () => undefined;
  const queue = new IngestQueue(
    { dataDirectory },
    {
      now: Date.now,
      onEvents: ignore,
      onStoreCondition: ignore,
      onLive: ignore,
      onWorkerFailure: ignore,
      onDrained: ignore,
    },
  );
  const request = { run: '20261120-231757-k3f9', instanceId: 'i-0123456789abcdef0', epochs: [] };
  const handler = { opened: ignore, answered: ignore, unavailable: ignore, lost: ignore };
  let lost = 0;
  queue.open({ connection: 1, ...request }, { ...handler, lost: () => (lost += 1) });
  expect(lost).toBe(1);
  // More than a worker is given at a time: had they been counted as under way, nothing would ever be dispatched again.
  for (let frame = 0; frame < 3; frame += 1) queue.push(1, new Uint8Array(200_000));
  expect(queue.queuedBytes).toBe(0);

  queue.start();
  onTestFinished(() => queue.stop());
  await new Promise<void>((resolve) =>
    queue.open({ connection: 2, ...request }, { ...handler, opened: () => resolve() }),
  );
});
