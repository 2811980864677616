import { describe, expect, it } from 'vitest';
import type { EnvelopeReply } from '../../../src/api/schemas.ts';
import { bandOf, entryAt, withSamples } from './band-of.ts';

const OPTIONS = { intervalMs: 250, isRelative: false, plotPx: 1000 };

function envelope(change: Partial<EnvelopeReply> = {}): EnvelopeReply {
  return {
    instance_id: 'i-0123456789abcdef0',
    stream: 'phc',
    key: '',
    column: 'offset_ns',
    unit: 'ns',
    meaning: '',
    bucket_ns: 1e9,
    origin_value: '0',
    at: ['1763680000000000000', '1763680001000000000', '1763680002000000000'],
    min: [-30, -20, -10],
    max: [10, 20, 30],
    mean: [0, 1, 2],
    count: [4, 4, 2],
    decoded_batches: 1,
    ...change,
  };
}

describe('a band of the API', () => {
  it('is in ms, knows its gaps from bucket and interval, and shows single samples as dots where there is room', () => {
    const band = bandOf(envelope(), OPTIONS);
    expect(band).toMatchObject({ atMs: [1763680000000, 1763680001000, 1763680002000], gapMs: 2500, hasDots: false });
    expect(bandOf(envelope({ count: [1, 1, 1] }), OPTIONS)?.hasDots).toBe(true);
    expect(bandOf(envelope({ count: [1, 1, 1] }), { ...OPTIONS, plotPx: 10 })?.hasDots).toBe(false);
    expect(bandOf(envelope({ at: [] }), OPTIONS)).toBeNull();
  });

  it('counts from its first value where only growth matters, and from the origin otherwise', () => {
    const counters = envelope({ min: [7, 7, 9], max: [7, 8, 9], mean: [7, 7.5, 9], origin_value: '1000' });
    expect(bandOf(counters, { ...OPTIONS, isRelative: true })?.max).toEqual([0, 1, 2]);
    expect(bandOf(counters, OPTIONS)?.max).toEqual([1007, 1008, 1009]);
  });

  it('takes live samples into buckets of its own length, each once, and lets the oldest go', () => {
    const band = bandOf(envelope(), OPTIONS);
    if (band === null) throw new Error('there is a band');
    const at = 1763680002000;
    const samples = { atMs: [at + 500, at + 1000, at + 1250, at + 2100], values: [99, 5, -7, 11] };
    const grown = withSamples(band, samples, at - 500);
    expect(grown.atMs).toEqual([at - 1000, at, at + 1000, at + 2100]);
    expect(grown.min).toEqual([-20, -10, -7, 11]);
    expect(grown.mean).toEqual([1, 2, -1, 11]);
    expect(grown.count).toEqual([4, 2, 2, 1]);
    expect(withSamples(grown, { atMs: [at + 2100], values: [11] }, 0)).toEqual(grown);
    expect(withSamples(band, { atMs: [at + 5000], values: [null] }, 0).atMs).toEqual(band.atMs);
  });

  it('finds what covers a moment, and nothing in a gap', () => {
    const band = bandOf(envelope(), OPTIONS);
    if (band === null) throw new Error('there is a band');
    expect(entryAt(band, 1763680001400)).toBe(1);
    expect(entryAt(band, 1763680002900)).toBe(2);
    expect(entryAt(band, 1763680009000)).toBeNull();
  });
});
