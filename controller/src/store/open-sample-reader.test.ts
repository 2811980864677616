import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventRecord } from '@ptp-tester/measurement';
import { encodeRecord } from '@ptp-tester/wire';
import { expect, it } from 'vitest';
import { NODE_CODEC } from './node-codec-environment.ts';
import { openSampleReader } from './open-sample-reader.ts';
import { openSampleWriter } from './sqlite-sample-writer.ts';

it('gives the newest events of all instances by their own clocks, oldest first', ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-events-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'samples.db');
  const writer = openSampleWriter({ path });
  // The second instance delivers late what happened earlier.
  for (const [place, at] of [10n, 20n, 30n, 5n, 25n].entries()) {
    const [instanceId, epoch] = place < 3 ? ['i-1', '00000000000000aa'] : ['i-2', '00000000000000bb'];
    const sequence = place < 3 ? place + 1 : place - 2;
    const content: EventRecord = { kind: 'event', event: 'epoch_started', at, monoRawNs: at, detail: { place } };
    const bytes = encodeRecord({ epoch, sequence }, content, NODE_CODEC);
    writer.commit([{ kind: 'event', instanceId, epoch, sequence, receivedAt: BigInt(100 + place), bytes, content }]);
  }
  writer.close();
  const reader = openSampleReader(path);
  onTestFinished(() => reader.close());
  const all = reader.events();
  expect(all.map(({ at }) => at)).toEqual([10n, 20n, 30n, 5n, 25n]);
  expect(reader.newestEvents(3)).toEqual([all[1], all[4], all[2]]);
  expect(reader.newestEvents(100)).toHaveLength(5);
});
