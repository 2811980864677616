/** Criteria of a user become limits, or every fault is named at once. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { type CriteriaConfig, compiledCriteria } from './criteria.ts';
import { withMaskFiles } from './criteria-mask-files.ts';
import { BUILT_IN_MASKS, maskLimit } from './criteria-masks.ts';
import { CRITERIA_PROFILE_NAMES } from './criteria-profile-names.ts';
import { criteriaProfile } from './criteria-profiles.ts';
import { parseCriteria, resolveCriteria } from './resolve-criteria.ts';

function fieldsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ field, reason }) => `${field}: ${reason}`);
    throw error;
  }
  return [];
}

const OFFSET = { stream: 'phc', column: 'offset_ns' } as const;

describe('resolveCriteria', () => {
  it('takes ec2-default and the limits on the measurement itself without a word of the user', () => {
    const { profiles, criteria, lock } = resolveCriteria();
    const limit = (name: string) => criteria.find((criterion) => criterion.name === name)?.limit;
    expect(profiles).toEqual(['ec2-default']);
    expect(lock).toEqual({ offsetNs: 1000, forS: 60, withinS: 900 });
    expect(['offset_p99', 'offset_p99_9', 'offset_max', 'steps'].map(limit)).toEqual([1000, 5000, 20_000, 0]);
    expect(['clock_error_bound_p99', 'clock_error_bound_max'].map(limit)).toEqual([50_000, 100_000]);
    expect(['phc_selected', 'phc_missing', 'phc_read_errors', 'phc_read_errors_few'].map(limit)).toEqual([
      0.999, 0.001, 0.01, 0.001,
    ]);
    expect(['raw_stored', 'phc_soak_covered'].map(limit)).toEqual([0.05, 0.5]);
  });

  it('widens the error bound where maxclockerror is the guarantee that ClockBound demands', () => {
    const { criteria } = resolveCriteria({}, { maxClockErrorPpm: 50 });
    const limit = (name: string) => criteria.find((criterion) => criterion.name === name)?.limit;
    expect(['clock_error_bound_p99', 'clock_error_bound_max'].map(limit)).toEqual([100_000, 150_000]);
  });

  it.each(CRITERIA_PROFILE_NAMES)('%s holds together: its columns, codes and masks exist', (name) => {
    const { limits } = criteriaProfile(name);
    expect(limits.length).toBeGreaterThan(0);
    expect(() => resolveCriteria({ profiles: [], limits: [...limits] })).not.toThrow();
  });

  it('replaces a limit by its name, leaves out what is not wanted, and adds what is new', () => {
    const { criteria } = resolveCriteria({
      without: ['ntp_witness'],
      limits: [
        { name: 'offset_max', measure: { kind: 'max_abs', ...OFFSET }, limit: 300, consequence: 'warn' },
        { name: 'tdev_10', measure: { kind: 'tdev', ...OFFSET, tau_s: 10 }, limit: 5 },
      ],
    });
    const names = criteria.map(({ name }) => name);
    expect(names).not.toContain('ntp_witness');
    expect(names.filter((name) => name === 'offset_max')).toHaveLength(1);
    expect(criteria.find(({ name }) => name === 'offset_max')).toMatchObject({ limit: 300, consequence: 'warn' });
    expect(names.at(-1)).toBe('tdev_10');
  });

  it('names every fault at once', () => {
    const wrong: CriteriaConfig = {
      without: ['nothing'],
      limits: [
        { name: 'a', measure: { kind: 'max_abs', stream: 'phc', column: 'no_such' }, limit: 1 },
        {
          name: 'b',
          measure: { kind: 'code_share', stream: 'chrony', column: 'phc_selected', code: 'maybe' },
          limit: 1,
        },
        { name: 'c', measure: { kind: 'mtie_mask', ...OFFSET, mask: 'none' }, limit: 3 },
        { name: 'd', measure: { kind: 'steps' } },
        { name: 'd', measure: { kind: 'steps' }, limit: 0 },
        { name: 'e', measure: { kind: 'max_abs', stream: 'phc', column: 'phc_minus_raw_ns' }, limit: 1 },
      ],
      masks: [{ name: 'm', from_s: 10, pieces: [{ up_to_s: 5, limit_ns: 1 }] }],
    };
    const faults = fieldsOf(() => resolveCriteria(wrong)).join('\n');
    expect(faults).toContain('criteria.without: no limit is called "nothing"');
    expect(faults).toContain('limits.0 (a): stream phc has no column no_such');
    expect(faults).toContain('limits.1 (b): column phc_selected has no code "maybe"; it has no, yes');
    expect(faults).toContain('limits.2 (c): a mask is the limit itself');
    expect(faults).toContain('limits.2 (c): no mask is called "none"');
    expect(faults).toContain('limits.3 (d): needs a limit');
    expect(faults).toContain('criteria.limits: "d" stands there twice');
    expect(faults).toContain('limits.5 (e): column phc_minus_raw_ns is i64');
    expect(faults).toContain('criteria.masks.0 (m): from_s and the pieces');
  });

  it('is a closed schema', () => {
    expect(compiledCriteria.Check({ profiles: ['ec2-default'], surprise: 1 })).toBe(false);
    expect(fieldsOf(() => parseCriteria({ profiles: ['no-such'] })).join()).toContain('criteria.profiles');
  });
});

describe('masks', () => {
  const limit = (name: string, tau: number) => {
    const mask = BUILT_IN_MASKS.find((candidate) => candidate.name === name);
    return mask === undefined ? undefined : maskLimit(mask, tau);
  };

  it.each([
    ['prtc-a-mtie', 0.05, null],
    ['prtc-a-mtie', 1, 25.275],
    ['prtc-a-mtie', 273, 100.075],
    ['prtc-a-mtie', 273.5, 100],
    ['prtc-a-tdev', 100, 3],
    ['prtc-a-tdev', 100.5, 3.015],
    ['prtc-a-tdev', 1000, 30],
    ['prtc-a-tdev', 10_000, 30],
    ['prtc-a-tdev', 10_001, null],
    ['prtc-a-mtie', 1_000_000, 100],
    ['prtc-b-mtie', 54.5, 39.9875],
    ['prtc-b-mtie', 60, 40],
    ['prtc-b-tdev', 500, 5],
  ])('%s at %d s is %d ns, without a hole at any breakpoint', (name, tau, expected) => {
    const found = limit(name, tau);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(expected, 9);
  });

  it('come from files, too', () => {
    const files: Record<string, string> = {
      'good.yaml': 'name: mine\nfrom_s: 0.5\npieces:\n  - { up_to_s: 100, limit_ns: 7 }\n',
      'bad.json': '{"name": "prtc-a-mtie", "from_s": 1, "pieces": [{"up_to_s": 2, "limit_ns": 1}]}',
      'worse.yaml': 'name: mine\npieces: []\n',
    };
    const read = (path: string) => {
      const text = files[path];
      if (text === undefined) throw new Error('ENOENT');
      return text;
    };
    expect(withMaskFiles({ mask_files: ['good.yaml'] }, read)).toEqual({
      masks: [{ name: 'mine', from_s: 0.5, pieces: [{ up_to_s: 100, limit_ns: 7 }] }],
    });
    const faults = fieldsOf(() => withMaskFiles({ mask_files: ['bad.json', 'worse.yaml', 'none.yaml'] }, read));
    expect(faults.join('\n')).toContain('is the name of a built-in mask');
    expect(faults.filter((fault) => fault.startsWith('mask file worse.yaml')).length).toBeGreaterThan(0);
    expect(faults.join('\n')).toContain('mask file none.yaml: cannot be read (ENOENT)');
  });
});
