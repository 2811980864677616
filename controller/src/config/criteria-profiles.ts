/** The built-in profiles. Where each number comes from stands in docs/judgement.md. */
import type { Criterion } from './criteria.ts';
import type { CriteriaProfileName } from './criteria-profile-names.ts';

export interface CriteriaProfile {
  readonly name: CriteriaProfileName;
  readonly about: string;
  /** Said beside every result of the profile; empty when there is nothing to warn of. */
  readonly label: string;
  readonly limits: readonly Criterion[];
}

const OFFSET = { stream: 'phc', column: 'offset_ns' } as const;
const BOUND = { stream: 'chrony', column: 'clock_error_bound_ns' } as const;
const SERVO_LABEL = 'applied to system - PHC, it judges the servo, not traceability to UTC';

/** In force whatever the profile: without them nobody knows whether the measurement itself can be trusted. */
export const MEASUREMENT_LIMITS: readonly Criterion[] = (['raw', 'phc'] as const).flatMap((stream): Criterion[] => [
  {
    name: `${stream}_soak_covered`,
    measure: { kind: 'soak_share', stream },
    comparison: 'at_least',
    limit: 0.5,
    essential: true,
  },
  {
    name: `${stream}_stored`,
    measure: { kind: 'missing_share', stream },
    limit: 0.05,
    min_samples: 10,
    essential: true,
  },
  { name: `${stream}_unaccounted`, measure: { kind: 'unaccounted_ticks', stream }, limit: 1e-4, essential: true },
]);

const READ_ERRORS: readonly Criterion[] = [
  {
    name: 'phc_read_errors',
    measure: { kind: 'read_error_share' },
    comparison: 'below',
    limit: 0.01,
    min_samples: 10,
    essential: true,
  },
  {
    name: 'phc_read_errors_few',
    measure: { kind: 'read_error_share' },
    comparison: 'below',
    limit: 0.001,
    consequence: 'warn',
  },
];

/** With `maxclockerror 50`, which ClockBound demands, chronyd's dispersion grows 50 times as fast between updates. */
const BOUND_LIMITS_NS = { estimate: { p99: 50_000, max: 100_000 }, guarantee: { p99: 100_000, max: 150_000 } } as const;
/** From here on `maxclockerror` is taken as the guarantee that it was set to be. */
const GUARANTEED_MAX_CLOCK_ERROR_PPM = 10;

function boundLimits(isGuarantee: boolean): Criterion[] {
  const { p99, max } = BOUND_LIMITS_NS[isGuarantee ? 'guarantee' : 'estimate'];
  return [
    { name: 'clock_error_bound_p99', measure: { kind: 'abs_percentile', ...BOUND, p: 0.99 }, limit: p99 },
    { name: 'clock_error_bound_max', measure: { kind: 'max_abs', ...BOUND }, limit: max, essential: true },
  ];
}

function ec2Default(isGuarantee: boolean): Criterion[] {
  return [
    { name: 'time_to_lock', measure: { kind: 'time_to_lock' }, limit: 900, essential: true },
    { name: 'offset_p99', measure: { kind: 'abs_percentile', ...OFFSET, p: 0.99 }, limit: 1000 },
    { name: 'offset_p99_9', measure: { kind: 'abs_percentile', ...OFFSET, p: 0.999 }, limit: 5000 },
    { name: 'offset_max', measure: { kind: 'max_abs', ...OFFSET }, limit: 20_000, essential: true },
    { name: 'steps', measure: { kind: 'steps' }, limit: 0, essential: true },
    ...boundLimits(isGuarantee),
    {
      name: 'phc_selected',
      measure: { kind: 'code_share', stream: 'chrony', column: 'phc_selected', code: 'yes' },
      comparison: 'at_least',
      limit: 0.999,
    },
    { name: 'phc_missing', measure: { kind: 'missing_share', stream: 'phc' }, limit: 0.001 },
    { name: 'raw_missing', measure: { kind: 'missing_share', stream: 'raw' }, limit: 0.001 },
    { name: 'ntp_witness', measure: { kind: 'witness_outside_share' }, limit: 0.001, min_samples: 10 },
    ...READ_ERRORS,
  ];
}

function rts25(limitNs: number): Criterion[] {
  return [
    { name: 'time_to_lock', measure: { kind: 'time_to_lock' }, limit: 900, essential: true },
    { name: 'rts25_clock_error_bound', measure: { kind: 'max_abs', ...BOUND }, limit: limitNs, essential: true },
    { name: 'ntp_witness', measure: { kind: 'witness_outside_share' }, limit: 0.001, min_samples: 10 },
    ...READ_ERRORS,
  ];
}

function prtc(name: 'prtc-a' | 'prtc-b', maxNs: number): Criterion[] {
  return [
    { name: `${name}.max_te`, measure: { kind: 'max_abs', ...OFFSET }, limit: maxNs, essential: true },
    { name: `${name}.mtie`, measure: { kind: 'mtie_mask', ...OFFSET, mask: `${name}-mtie` } },
    { name: `${name}.tdev`, measure: { kind: 'tdev_mask', ...OFFSET, mask: `${name}-tdev` } },
  ];
}

interface ClassLimits {
  readonly max?: number;
  readonly lowPassMax?: number;
  readonly constant?: number;
  readonly mtie?: number;
  readonly tdev?: number;
  readonly highPass?: number;
}

function g8273(letter: 'a' | 'b' | 'c' | 'd', limits: ClassLimits): Criterion[] {
  const named = (part: string) => `g8273-2-${letter}.${part}`;
  const of = (part: string, kind: G8273Kind, limit: number | undefined): Criterion[] =>
    limit === undefined ? [] : [{ name: named(part), measure: { kind, ...OFFSET }, limit, essential: true }];
  return [
    ...of('max_te', 'max_abs', limits.max),
    ...of('low_pass_max_te', 'low_pass_max_abs', limits.lowPassMax),
    ...of('constant_te', 'constant_te', limits.constant),
    ...of('low_pass_mtie', 'low_pass_mtie', limits.mtie),
    ...of('low_pass_tdev', 'low_pass_tdev', limits.tdev),
    ...of('high_pass_peak_to_peak', 'high_pass_peak_to_peak', limits.highPass),
  ];
}

type G8273Kind =
  | 'max_abs'
  | 'low_pass_max_abs'
  | 'constant_te'
  | 'low_pass_mtie'
  | 'low_pass_tdev'
  | 'high_pass_peak_to_peak';

const PRTC_ABOUT = 'ITU-T G.8272 primary reference time clock';
const CLASS_ABOUT = 'ITU-T G.8273.2 telecom boundary and slave clock';

/** A built-in profile. `maxClockErrorPpm` is chronyd's setting where it is known, else null. */
export function criteriaProfile(name: CriteriaProfileName, maxClockErrorPpm: number | null = null): CriteriaProfile {
  const isGuarantee = maxClockErrorPpm !== null && maxClockErrorPpm >= GUARANTEED_MAX_CLOCK_ERROR_PPM;
  const profile = (about: string, label: string, limits: readonly Criterion[]) => ({ name, about, label, limits });
  switch (name) {
    case 'ec2-default':
      return profile('What a healthy EC2 instance with the ENA PHC does; provisional', '', ec2Default(isGuarantee));
    case 'rts25-100us':
      return profile('MiFID II RTS 25, high-frequency trading: 100 us from UTC', '', rts25(100_000));
    case 'rts25-1ms':
      return profile('MiFID II RTS 25, other automated trading: 1 ms from UTC', '', rts25(1_000_000));
    case 'prtc-a':
      return profile(`${PRTC_ABOUT} class A`, SERVO_LABEL, prtc('prtc-a', 100));
    case 'prtc-b':
      return profile(`${PRTC_ABOUT} class B`, SERVO_LABEL, prtc('prtc-b', 40));
    case 'g8273-2-a':
      return profile(
        `${CLASS_ABOUT}, class A`,
        SERVO_LABEL,
        g8273('a', { max: 100, constant: 50, mtie: 40, tdev: 4, highPass: 70 }),
      );
    case 'g8273-2-b':
      return profile(
        `${CLASS_ABOUT}, class B`,
        SERVO_LABEL,
        g8273('b', { max: 70, constant: 20, mtie: 40, tdev: 4, highPass: 70 }),
      );
    case 'g8273-2-c':
      return profile(`${CLASS_ABOUT}, class C`, SERVO_LABEL, g8273('c', { max: 30, constant: 10, mtie: 10, tdev: 2 }));
    case 'g8273-2-d':
      return profile(`${CLASS_ABOUT}, class D`, SERVO_LABEL, g8273('d', { lowPassMax: 5 }));
  }
}
