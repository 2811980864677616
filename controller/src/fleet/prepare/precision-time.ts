/**
 * Where an ENA PHC is documented to be reachable (pure): a dated table. It ages, so PhcSupport is the second signal and the
 * probe on the instance is the truth. Source: AWS, "Set the time reference on your EC2 instance to use the local Amazon Time
 * Sync Service".
 */

const PRECISION_TIME_TABLE = {
  asOf: '2026-07',
  /** Here the legacy families have a PHC without any placement group. */
  legacyRegions: ['us-east-1', 'us-east-2', 'ap-southeast-5', 'ap-southeast-7', 'ap-northeast-1', 'eu-north-1'],
  /** The Local Zone of New York City. */
  legacyLocalZones: /^us-east-1-nyc-/,
  legacyFamilies: ['m7a', 'm7g', 'm7i', 'r7a', 'r7g', 'r7i', 'i8g', 'i8ge'],
  /** Everywhere else, and all others of these: only inside a precision-time placement group. */
  groupFamilies: [
    ...['m7a', 'm7g', 'm7g-flex', 'm7gd', 'm7i', 'm7i-flex', 'm8a', 'm8g', 'm8g-flex'],
    ...['c7a', 'c7gd', 'c7i', 'c7i-flex', 'c8g', 'c8g-flex', 'c8gd'],
    ...['r7a', 'r7g', 'r7i', 'r7id', 'r8g'],
    ...[
      'x8adez',
      'x8adz-3tb',
      'x8adz-6tb',
      'x8adzs',
      'x8aedez',
      'x8aedz-3tb',
      'x8aedz-6tb',
      'x8aez',
      'x8az',
      'x8g',
      'x8ge',
    ],
    ...['i8g', 'i8ge'],
  ],
} as const;

/** `legacy`: has a PHC without a group. `group`: only inside one, if at all. `none`: nothing says that it has one. */
export type PrecisionTimeNeed = 'legacy' | 'group' | 'none';

export interface PrecisionTimeFacts {
  readonly instanceType: string;
  readonly region: string;
  /** Of the subnets that may be used. */
  readonly zones: readonly string[];
  readonly phcSupport: string | null;
}

/** `m7i-flex.large` -> `m7i-flex` */
export function familyOf(instanceType: string): string {
  return instanceType.split('.')[0] ?? '';
}

function isLegacyZone(zone: string, region: string): boolean {
  const table = PRECISION_TIME_TABLE;
  if (table.legacyLocalZones.test(zone)) return true;
  // `us-east-1a`: a zone of the region itself; other Local Zones have longer names.
  return zone.length === region.length + 1 && (table.legacyRegions as readonly string[]).includes(region);
}

export function precisionTimeNeed({ instanceType, region, zones, phcSupport }: PrecisionTimeFacts): PrecisionTimeNeed {
  const family = familyOf(instanceType);
  const table = PRECISION_TIME_TABLE;
  const isLegacyFamily = (table.legacyFamilies as readonly string[]).includes(family);
  if (isLegacyFamily && zones.every((zone) => isLegacyZone(zone, region))) return 'legacy';
  const isListed = (table.groupFamilies as readonly string[]).includes(family);
  return isListed || phcSupport === 'supported' ? 'group' : 'none';
}

/** What a verdict "unsupported" must carry when it was found outside the documented scope; null inside it. */
export function scopeWarning(need: PrecisionTimeNeed, inGroup: boolean): string | null {
  if (need === 'legacy' || inGroup) return null;
  return (
    'tested outside a precision-time placement group: for this region and type AWS documents the PHC only inside one ' +
    `(table of ${PRECISION_TIME_TABLE.asOf}), so "unsupported" does not show that the type lacks it`
  );
}
