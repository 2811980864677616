import { STREAM_NAMES } from '@ptp-tester/measurement';
import { decodeRecord, encodeRecord } from '@ptp-tester/wire';
import { expect, test } from 'vitest';
import { zstdCodec } from './codec-environment.ts';
import { makeBatch } from './make-batch.ts';

test.each(STREAM_NAMES)('a made batch of %s survives the codec and is reproducible', (stream) => {
  const batch = makeBatch(stream, { rows: 30, seed: 5 });
  const identity = { epoch: 'aaaaaaaaaaaaaaaa', sequence: 3 };
  expect(decodeRecord(encodeRecord(identity, batch, zstdCodec), zstdCodec).content).toEqual(batch);
  expect(makeBatch(stream, { rows: 30, seed: 5 })).toEqual(batch);
  expect(makeBatch(stream, { rows: 30, seed: 6 })).not.toEqual(batch);
});
