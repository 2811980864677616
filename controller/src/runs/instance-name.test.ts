import { expect, it } from 'vitest';
import { instanceName, nameTag } from './instance-name.ts';

it('the Name tag holds the name that people see', () => {
  const instance = { run: '20261120-231757-k3f9', instanceType: 'm7i.metal-24xl', typeIndex: 12 };
  expect(instanceName(instance)).toBe('m7i.metal-24xl-12');
  expect(nameTag(instance)).toBe('ptp-test-m7i.metal-24xl-12-20261120-231757');
});
