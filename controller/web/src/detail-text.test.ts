import { expect, it } from 'vitest';
import { detailName, detailText } from './detail-text.ts';

it('writes details of events with their units', () => {
  const text = (name: string, value: unknown) => `${detailName(name)}: ${detailText(name, value)}`;
  expect(text('size_ns', -4168)).toBe('size: -4.17 us');
  expect(text('within_ns', 250_003_000)).toBe('within: 250 ms');
  expect(text('reads_per_s', 37)).toBe('reads per s: 37');
  expect(text('lasted_s', 125)).toBe('lasted: 2 min 5 s');
  expect(text('free_bytes', 3 * 2 ** 20)).toBe('free: 3 MiB');
  expect(text('interface', 'ens5')).toBe('interface: ens5');
  expect(text('indexes', [1, 3])).toBe('indexes: [1,3]');
});
