import { encodeRecord, verifyRecord } from '@ptp-tester/wire';
import { describe, expect, test } from 'vitest';
import { zstdCodec } from './codec-environment.ts';
import { makeBatch } from './make-batch.ts';
import { epochBytes, RecordTemplate } from './record-template.ts';

const EPOCH = '0123456789abcdef';

describe('a stamped record equals what the codec would encode', () => {
  const batch = makeBatch('phc', { rows: 60, seed: 7 });
  const template = new RecordTemplate(batch, zstdCodec);
  for (const sequence of [1, 127, 128, 16_383, 16_384, 2 ** 40]) {
    test(`with sequence ${sequence}`, () => {
      const stamped = template.stamp(epochBytes(EPOCH), sequence);
      expect(stamped).toEqual(encodeRecord({ epoch: EPOCH, sequence }, batch, zstdCodec));
      expect(verifyRecord(stamped, zstdCodec)).toBe(true);
    });
  }
});
