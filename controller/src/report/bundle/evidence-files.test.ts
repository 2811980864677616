import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../store/sample-store.ts';
import { evidenceFileName, evidenceFiles, readWindowOf } from './evidence-files.ts';

function stored(name: unknown, text: unknown, change: Partial<StoredEvent> = {}): StoredEvent {
  const detail = { name, text } as StoredEvent['detail'];
  const at = { at: 0n, monoRawNs: 0n, receivedAt: 0n, sequence: 1, epoch: '00000000000000aa' };
  return { instanceId: 'i-1', event: 'evidence_collected', detail, ...at, ...change };
}

describe('evidence as files', () => {
  it('puts parts together, keeps instances apart, and lets a later collection replace an earlier one', () => {
    const files = evidenceFiles([
      stored('a (1 of 2)', 'old '),
      stored('a (2 of 2)', 'parts'),
      stored('a (1 of 2)', 'new '),
      stored('a (2 of 2)', 'parts'),
      stored('a', 'of another', { instanceId: 'i-2' }),
      stored('a', 'no evidence', { event: 'clock_set' }),
      stored(7, null),
    ]);
    expect(files).toEqual([
      { instanceId: 'i-1', name: 'a', text: 'new parts' },
      { instanceId: 'i-2', name: 'a', text: 'of another' },
    ]);
  });

  it('is bounded whatever an instance sends', () => {
    const many = Array.from({ length: 300 }, (_, at) => stored(`n${at}`, 'x'.repeat(60_000)));
    const files = evidenceFiles([
      ...many,
      stored('n0 (2 of 9)', 'y'.repeat(60_000)),
      stored('n', 'of another', { instanceId: 'i-2' }),
    ]);
    expect(files).toHaveLength(201);
    expect(Math.max(...files.map(({ text }) => text.length))).toBe(65_536);
  });

  it('has file names without anything that a path could be made of', () => {
    expect(evidenceFileName('at_start ethtool -i ens5')).toBe('at_start-ethtool-i-ens5.txt');
    expect(evidenceFileName('../../etc/passwd')).toBe('..-..-etc-passwd.txt');
    expect(evidenceFileName('/')).toBe('unnamed.txt');
  });

  it('says what the probe found, and nothing where an instance sent something else', () => {
    const file = (text: string) => [{ instanceId: 'i-1', name: 'at_end read window', text }];
    const steps = [
      { wanted_per_s: 110, refused: null },
      { wanted_per_s: 125, refused: 'EBUSY' },
    ];
    expect(readWindowOf(file(JSON.stringify({ simulated: false, steps })))).toEqual({
      simulated: false,
      highest_rate_per_s: 110,
      refused_rate_per_s: 125,
    });
    for (const text of ['', 'null', '{}', '{"steps":[1]}', '{"absent":"no PHC"}'])
      expect(readWindowOf(file(text))).toBeNull();
  });
});
