// What is to go wrong, as an operator writes it: faults, conditions, and what changes later. Pure.
import { CONDITIONS_RULE, type ConditionsChange } from './account/conditions.ts';
import { type InstanceOrder, ORDER_RULE } from './account/instance-orders.ts';
import { listOf, objectOf, shapeFault, WHOLE } from './check-shape.ts';
import { FAULTS_RULE, type Fault, parseJson } from './protocol/faults.ts';

/** What changes at some time after the start. */
export interface ScheduledStep {
  /** Counted from the start of the endpoint. */
  readonly afterMs: number;
  readonly faults?: readonly Fault[];
  readonly conditions?: ConditionsChange;
  readonly orders?: readonly InstanceOrder[];
}

/** The content of a faults file. */
export interface Scenario {
  readonly faults?: readonly Fault[];
  readonly conditions?: ConditionsChange;
  readonly schedule?: readonly ScheduledStep[];
}

const STEP_RULE = objectOf(
  { afterMs: WHOLE, faults: FAULTS_RULE, conditions: CONDITIONS_RULE, orders: listOf(ORDER_RULE) },
  'afterMs',
);
const SCENARIO_RULE = objectOf({ faults: FAULTS_RULE, conditions: CONDITIONS_RULE, schedule: listOf(STEP_RULE) });

/** Parses a faults file: a scenario, or only a list of faults. @returns what is wrong as a text */
export function parseScenario(text: string): Scenario | string {
  const value = parseJson(text);
  if (typeof value === 'string') return value;
  const scenario = Array.isArray(value.json) ? { faults: value.json } : value.json;
  return shapeFault(SCENARIO_RULE, scenario) ?? (scenario as Scenario);
}

/** Parses a change of the conditions, in which null takes a condition back. @returns what is wrong as a text */
export function parseConditions(text: string): { change: ConditionsChange } | string {
  const value = parseJson(text);
  if (typeof value === 'string') return value;
  return shapeFault(CONDITIONS_RULE, value.json) ?? { change: value.json as ConditionsChange };
}

/** Parses an order. @returns what is wrong as a text */
export function parseOrder(text: string): { order: InstanceOrder } | string {
  const value = parseJson(text);
  if (typeof value === 'string') return value;
  return shapeFault(ORDER_RULE, value.json) ?? { order: value.json as InstanceOrder };
}
