import { expect, it } from 'vitest';
import { sizeOf } from './live-screen.ts';

it('takes the usual size where a terminal does not know its own, or says that it is nothing', () => {
  expect(sizeOf({ columns: 120, rows: 50 })).toEqual({ columns: 120, rows: 50 });
  expect(sizeOf({})).toEqual({ columns: 80, rows: 24 });
  expect(sizeOf({ columns: 0, rows: 0 })).toEqual({ columns: 80, rows: 24 });
});
