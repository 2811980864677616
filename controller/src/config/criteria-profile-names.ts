/** The names of the built-in profiles; what each demands stands in `criteria-profiles.ts`. */

export const CRITERIA_PROFILE_NAMES = [
  'ec2-default',
  'rts25-100us',
  'rts25-1ms',
  'prtc-a',
  'prtc-b',
  'g8273-2-a',
  'g8273-2-b',
  'g8273-2-c',
  'g8273-2-d',
] as const;

export type CriteriaProfileName = (typeof CRITERIA_PROFILE_NAMES)[number];
