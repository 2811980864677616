/** Student's t against printed tables. */
import { expect, it } from 'vitest';
import { studentHalfWidth } from './student-quantile.ts';

it.each([
  { level: 0.95, freedom: 1, value: 12.706 },
  { level: 0.95, freedom: 2, value: 4.303 },
  { level: 0.999, freedom: 3, value: 12.924 },
  { level: 0.99, freedom: 4, value: 4.604 },
  { level: 0.999, freedom: 5, value: 6.869 },
  { level: 0.999, freedom: 10, value: 4.587 },
  { level: 0.95, freedom: 30, value: 2.042 },
  { level: 0.999, freedom: 120, value: 3.373 },
])(
  "Student's t stays within $value with probability $level at $freedom degrees of freedom",
  ({ level, freedom, value }) => {
    expect(studentHalfWidth(level, freedom)).toBeCloseTo(value, 3);
  },
);
