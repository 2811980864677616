import { expect, it, onTestFinished } from 'vitest';
import { INSTANCE_ID } from '../analysis/made-run.fixture.ts';
import { madeStorePath } from '../analysis/made-store.fixture.ts';
import { madeWrites } from '../report/made-report.fixture.ts';
import { openSampleReader } from '../store/open-sample-reader.ts';
import { readRawPage } from './raw-page.ts';

it('reads a later page from its record on, and nothing of the pages before it', () => {
  const reader = openSampleReader(madeStorePath(madeWrites()));
  onTestFinished(() => reader.close());
  const series = { instanceId: INSTANCE_ID, stream: 'raw' as const, key: '' };
  const all = [...reader.batches(series)].map(({ epoch, sequence }) => `${epoch}.${sequence}`);
  const read: string[] = [];
  const watched: Pick<typeof reader, 'batches'> = {
    *batches(...query) {
      for (const stored of reader.batches(...query)) {
        read.push(`${stored.epoch}.${stored.sequence}`);
        yield stored;
      }
    },
  };
  const page = (cursor?: string) => readRawPage({ ...watched }, { series, range: {}, limit: 10, cursor });
  const pages = [page()];
  for (let last = pages[0]; last?.next_cursor != null; last = pages.at(-1)) {
    const before = read.length;
    pages.push(page(last.next_cursor));
    expect(last.next_cursor).toMatch(new RegExp(`^${read[before]}\\.`));
  }
  expect(all.length).toBeGreaterThan(1);
  expect(pages.reduce((sum, { rows }) => sum + rows, 0)).toBe(
    [...reader.batches(series)].reduce((sum, { batch }) => sum + batch.rows, 0),
  );
  expect(new Set(read)).toEqual(new Set(all));
  expect(() => page('00000000000000ff.1.0')).toThrow('names no record');
});
