/** What the made controller says of a configuration before it launches: a plan, or what is wrong. */
import type { CheckedRun } from '../../controller/src/api/live-schemas.ts';

export const MADE_CHECK: CheckedRun = {
  region: 'us-east-1',
  instance_types: [{ type: 'c7i.large', quantity: 2 }],
  soak_seconds: 3600,
  keep: 'none',
  instance_hours: { soak: 2, at_most: 3.5 },
  warnings: ['c7i.large: the API does not say whether it has a PHC'],
};

export const MADE_PROBLEMS = [
  { field: 'soak.duration', reason: '"never" is not a length of time; write for example 90m or 2d' },
  { field: 'subnet_id', reason: 'is required' },
];
