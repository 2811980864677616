/** `c7i.large:2,m7i.xlarge` as a list of types with quantities. */
import type { InstanceTypeSpec } from '../runs/run.ts';
import type { ConfigProblem } from './config-error.ts';

/** An EC2 instance type: family, dot, size, for example `m7i.metal-24xl`. */
export const INSTANCE_TYPE_PATTERN = '^[a-z][a-z0-9-]*\\.[a-z0-9-]+$';
const INSTANCE_TYPE = new RegExp(INSTANCE_TYPE_PATTERN);

/** The parsed list, or what is wrong with it. A type named twice is added up. */
export function parseInstanceTypes(field: string, text: string): readonly InstanceTypeSpec[] | ConfigProblem {
  const quantities = new Map<string, number>();
  for (const part of text.split(',')) {
    const [type = '', quantity = '1', ...rest] = part.trim().split(':');
    if (!INSTANCE_TYPE.test(type) || rest.length > 0) {
      return {
        field,
        reason: `"${part.trim()}" is not an instance type; write TYPE or TYPE:QUANTITY, for example c7i.large:2`,
      };
    }
    if (!/^[1-9]\d{0,3}$/.test(quantity)) {
      return { field, reason: `the quantity of ${type} must be a whole number from 1 to 9999, not "${quantity}"` };
    }
    quantities.set(type, (quantities.get(type) ?? 0) + Number(quantity));
  }
  return [...quantities].map(([type, quantity]) => ({ type, quantity }));
}
