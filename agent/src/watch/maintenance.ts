/** Scheduled maintenance as the metadata service tells it (EC2 user guide, "Scheduled events"): what is new, changed or withdrawn. Pure. */
import type { NoticedEvent } from '../source.ts';

/** The fields that are told; texts as AWS writes them, `21 Jan 2026 09:00:43 GMT`. */
export interface MaintenanceNotice {
  readonly id: string;
  /** `system-reboot`, `instance-retirement`, `instance-stop`, ... */
  readonly code: string;
  readonly state: string;
  readonly not_before: string | null;
  readonly not_after: string | null;
  readonly description: string | null;
}

/** There is seldom more than one; a list without end is not taken. */
const MOST_NOTICES = 20;
const LONGEST_TEXT = 500;

/**
 * The document's notices; one without an id counts by what it says. `text` null: there is no document, which is none announced. The
 * result is null for what cannot be read: then nothing is known.
 */
export function parseMaintenance(text: string | null): MaintenanceNotice[] | null {
  if (text === null) return [];
  const value = parseJson(text);
  if (!Array.isArray(value)) return null;
  return value.slice(0, MOST_NOTICES).flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const fields = one as Record<string, unknown>;
    const code = textOf(fields['Code']) ?? 'unknown';
    const notBefore = textOf(fields['NotBefore']);
    return [
      {
        id: textOf(fields['EventId']) ?? `${code} ${notBefore ?? ''}`.trim(),
        code,
        state: textOf(fields['State']) ?? 'active',
        not_before: notBefore,
        not_after: textOf(fields['NotAfter']),
        description: textOf(fields['Description']),
      },
    ];
  });
}

/** What to tell when `before` was known and `now` is announced. */
export function maintenanceChanges(
  before: readonly MaintenanceNotice[],
  now: readonly MaintenanceNotice[],
): NoticedEvent[] {
  const known = new Map(before.map((notice) => [notice.id, notice]));
  const announced = new Set(now.map(({ id }) => id));
  const told = now.flatMap((notice): NoticedEvent[] => {
    const earlier = known.get(notice.id);
    if (earlier !== undefined && JSON.stringify(earlier) === JSON.stringify(notice)) return [];
    const change = earlier === undefined ? 'announced' : 'changed';
    return [{ event: 'maintenance_announced', detail: { change, ...notice } }];
  });
  const withdrawn = before.filter(({ id }) => !announced.has(id));
  return [
    ...told,
    ...withdrawn.map((notice): NoticedEvent => {
      return { event: 'maintenance_announced', detail: { change: 'withdrawn', ...notice } };
    }),
  ];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST_TEXT) : null;
}
