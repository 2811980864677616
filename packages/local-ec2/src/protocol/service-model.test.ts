import { expect, test } from 'vitest';
import { EC2_ACTIONS, SSM_ACTIONS } from '../account/actions.ts';
import { loadEc2Model, loadSsmModel, type Shape } from './service-model.ts';

test("every action of the endpoint is in AWS's model, and its shapes can be walked", () => {
  const seen = new Set<Shape>();
  for (const [actions, model] of [
    [EC2_ACTIONS, loadEc2Model()],
    [SSM_ACTIONS, loadSsmModel()],
  ] as const) {
    for (const name of actions.keys()) {
      const operation = model.operation(name);
      expect(operation?.name).toBe(name);
      if (operation !== undefined) for (const shape of [operation.input, operation.output]) walk(shape, seen);
    }
  }
  expect(seen.size).toBeGreaterThan(200);
});

test('names that are no operations are not found', () => {
  const model = loadEc2Model();
  expect(
    ['EC2', 'Instance', 'toString', '__proto__', 'EC2Client', 'Run Instances', ''].map((name) => model.operation(name)),
  ).toEqual(Array(7).fill(undefined));
});

function walk(shape: Shape, seen: Set<Shape>): void {
  if (seen.has(shape)) return;
  seen.add(shape);
  if (shape.kind === 'structure') for (const member of shape.members) walk(member.shape(), seen);
  if (shape.kind === 'list') walk(shape.item(), seen);
}
