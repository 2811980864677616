import type { Capability, Setup } from '@ptp-tester/measurement';
import { describe, expect, it } from 'vitest';
import { madeInstance, madeRun, madeSpec } from '../../runs/made-run.fixture.ts';
import { isKeepable, keepDecisionDueAt, keepDecisionOf, parseKeepSelection } from './keep-selection.ts';

function instance(index: number, capability: Capability = 'supported', setup: Setup = 'locked') {
  const verdict = {
    capability: { value: capability, reason: 'x' },
    setup: { value: setup, reason: 'x' },
    quality: { value: 'pass', reason: 'x' },
  } as const;
  return madeInstance({ index, state: 'finished', verdict });
}

const ALL = [instance(1), instance(2, 'unsupported'), instance(3), ...[4, 5, 6, 7].map((index) => instance(index))];
const select = (text: string) => parseKeepSelection(text, ALL);

describe('who can be kept', () => {
  it('is who has a working PHC and delivered everything', () => {
    expect(isKeepable(instance(1))).toBe(true);
    expect(isKeepable(instance(1, 'supported', 'not_attempted'))).toBe(true);
    expect(isKeepable(instance(1, 'supported', 'failed'))).toBe(false);
    expect(isKeepable(instance(1, 'not_tested'))).toBe(false);
    expect(isKeepable({ ...instance(1), state: 'measuring' })).toBe(false);
    expect(isKeepable({ ...instance(1), failure: { kind: 'lost', message: '' } })).toBe(false);
    expect(isKeepable(madeInstance({ state: 'finished' }))).toBe(false);
  });
});

describe("the operator's words", () => {
  it('mean all that work, nothing, or numbers and ranges', () => {
    expect(select(' ALL ').indexes).toEqual([1, 3, 4, 5, 6, 7]);
    expect(select('none')).toEqual({ indexes: [], faults: [] });
    expect(select('1,3,5-7')).toEqual({ indexes: [1, 3, 5, 6, 7], faults: [] });
    expect(select('7, 5 - 6 ,5')).toEqual({ indexes: [5, 6, 7], faults: [] });
  });

  it('mean instances by their names, beside numbers', () => {
    const named = ALL.map((one) => ({ ...one, instanceType: 'm7i.large', typeIndex: one.index }));
    expect(parseKeepSelection('m7i.large-3, M7i.Large-1,5', named)).toEqual({ indexes: [1, 3, 5], faults: [] });
    expect(parseKeepSelection('m7i.large-9', named).faults).toEqual([
      '"m7i.large-9" is neither a number nor a range such as 5-7 nor a name such as m7i.large-1',
    ]);
  });

  it('decide nothing when a part of them cannot be done', () => {
    expect(select('1,2,9,x,6-5,0')).toEqual({
      indexes: [],
      faults: [
        '"x" is neither a number nor a range such as 5-7 nor a name such as c7i.large-1',
        '"6-5" ends before it begins',
        '"0" is neither a number nor a range such as 5-7 nor a name such as c7i.large-1',
        'instance 2 (c7i.large) is not PTP-functional: it cannot be kept',
        'there is no instance 9',
      ],
    });
    expect(select('').faults).toHaveLength(1);
  });
});

describe('the decision', () => {
  it('is waited for until so long after the question, and by nobody once it is made', () => {
    const asked = { state: 'keeping', keepAskedAt: 1000 } as const;
    const dueAt = (change: Parameters<typeof madeRun>[0]) =>
      keepDecisionDueAt(madeRun(change, madeSpec({}, { keep: 'ask', keepDecisionS: 60 })));
    expect(dueAt(asked)).toBe(61_000);
    expect([dueAt({ ...asked, keepDecision: [] }), dueAt({ ...asked, stopReason: 'stopped' })]).toEqual([null, null]);
    expect([dueAt({ ...asked, state: 'terminating' }), dueAt({ ...asked, keepAskedAt: null })]).toEqual([null, null]);
  });

  const of = (keep: 'ask' | 'all' | 'none' | readonly number[], keepDecision: readonly number[] | null = null) =>
    keepDecisionOf(madeRun({ keepDecision }, madeSpec({}, { keep })));

  it('is the policy, unless the operator is asked', () => {
    expect([of('none'), of('all'), of([2]), of('ask')]).toEqual([[], 'all', [2], null]);
    expect([of('ask', [1]), of('all', [])]).toEqual([[1], []]);
    expect(of('none', [1])).toEqual([]);
  });
});
