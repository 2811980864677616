import { expect, it } from 'vitest';
import { P99_NEEDS, quantileNeeds, whyNoP99 } from './p99-text.ts';

it('says why there is no 99th percentile, in the words of the rule of the report', () => {
  expect(P99_NEEDS).toBe('needs 1,000 samples');
  expect(quantileNeeds(0.999)).toBe('needs 10,000 samples');
  expect(whyNoP99({ offset_p99_abs_ns: null, offset_samples: 412 })).toBe('needs 1,000 samples, has 412');
  expect(whyNoP99({ offset_p99_abs_ns: 90, offset_samples: 1000 })).toBeNull();
  expect(whyNoP99({ offset_p99_abs_ns: null, offset_samples: 0 })).toBeNull();
});
