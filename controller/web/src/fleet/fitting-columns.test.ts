import { describe, expect, it } from 'vitest';
import { fittingColumns } from './fitting-columns.ts';

const COLUMNS = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => ({ name, width: 100, rank: 6 - index }));
const names = (room: number, sort = '') =>
  fittingColumns(COLUMNS, { room, sort })
    .map(({ name }) => name)
    .join('');

describe('the columns of the fleet', () => {
  it('go by what they matter, and stand in their order', () => {
    expect(names(600)).toBe('abcdef');
    expect(names(599)).toBe('bcdef');
    expect(names(450)).toBe('cdef');
  });

  it('are two at least, and the one by which the table is sorted is among them', () => {
    expect(names(0)).toBe('ef');
    expect(names(450, 'a')).toBe('adef');
  });
});
