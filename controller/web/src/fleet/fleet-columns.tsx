/** The columns of the fleet table: what each shows, how wide it is, and what it means. */
import type { ComponentChildren } from 'preact';
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import { Badge } from '../components/badge.tsx';
import { whyNoP99 } from '../p99-text.ts';
import { bytesText, cpuText, nanosecondsText, offsetText, rateText } from '../quantity.ts';
import { TERMS } from '../terms.ts';
import { troubleOf } from '../trouble.ts';

export interface FleetColumn {
  /** As `fleet-rows.ts` sorts. */
  readonly name: string;
  readonly heading: string;
  /** Pixels. */
  readonly width: number;
  /** 1 is the last to go when there is no room for all. */
  readonly rank: number;
  readonly meaning: string;
  readonly isNumber?: boolean;
  cell(row: InstanceFigures): ComponentChildren;
}

export const FLEET_COLUMNS: readonly FleetColumn[] = [
  {
    name: 'trouble',
    heading: 'Condition',
    width: 128,
    rank: 1,
    meaning: 'What is wrong, the gravest first. Sorting by it brings the worst to the top.',
    cell: Condition,
  },
  {
    name: 'zone',
    heading: 'AZ',
    width: 88,
    rank: 10,
    meaning: 'Availability zone id: the same place for every account.',
    cell: ({ availability_zone_id: zone }) => zone ?? unknown(),
  },
  number('last', 'Offset', {
    width: 92,
    rank: 3,
    meaning: `${TERMS.offset.meaning} The newest sample.`,
    text: ({ offset_last_ns }) => offsetText(offset_last_ns),
  }),
  number('p50', 'Median', {
    width: 92,
    rank: 9,
    meaning: 'Median of the offset over the last 10 minutes.',
    text: ({ offset_p50_ns }) => offsetText(offset_p50_ns),
  }),
  {
    name: 'p99',
    heading: '|o| p99',
    width: 88,
    rank: 2,
    meaning: TERMS.p99.meaning,
    isNumber: true,
    cell: P99,
  },
  number('max', '|o| max', {
    width: 88,
    rank: 5,
    meaning: TERMS.max.meaning,
    text: ({ offset_max_abs_ns }) => nanosecondsText(offset_max_abs_ns),
  }),
  number('bound', 'Error bound', {
    width: 116,
    rank: 4,
    meaning: TERMS.bound.meaning,
    text: ({ clock_error_bound_ns: bound }) => (bound === null ? '-' : `±${nanosecondsText(bound)}`),
  }),
  { name: 'lock', heading: 'On PHC', width: 78, rank: 6, meaning: TERMS.lock.meaning, cell: Lock },
  counts('gaps', 'Lost/missed', {
    width: 112,
    rank: 8,
    meaning: TERMS.gaps.meaning,
    counts: (row) => (hasCalled(row) ? [row.gaps, row.missed_ticks] : null),
  }),
  counts('reads', 'Failed reads', {
    width: 116,
    rank: 11,
    meaning: TERMS.reads.meaning,
    counts: (row) => (hasCalled(row) ? [row.read_errors + row.reads_refused] : null),
  }),
  counts('events', 'Err/warn', {
    width: 88,
    rank: 7,
    meaning: 'Events: errors / warnings since the run began.',
    counts: (row) => [row.events_error, row.events_warning],
  }),
  number('rate', 'Samples', {
    width: 88,
    rank: 13,
    meaning: 'Samples that arrive each second, all streams.',
    text: (row) => (hasCalled(row) ? rateText(row.samples_per_second) : '-'),
  }),
  number('cpu', 'CPU', {
    width: 76,
    rank: 12,
    meaning: 'What the agent takes of one core.',
    text: ({ agent_cpu_ratio: ratio }) => cpuText(ratio),
  }),
  number('memory', 'Memory', {
    width: 92,
    rank: 14,
    meaning: 'Resident memory of the agent.',
    text: ({ agent_rss_bytes: bytes }) => bytesText(bytes),
  }),
  number('spool', 'Spool', {
    width: 92,
    rank: 15,
    meaning: 'What the agent holds on its disk because it is not stored here yet.',
    text: ({ spool_bytes: bytes }) => bytesText(bytes),
  }),
  {
    name: 'agent',
    heading: 'Agent',
    width: 96,
    rank: 16,
    meaning: 'Version of the agent.',
    cell: ({ agent_version: version }) => version ?? unknown(),
  },
  {
    name: 'id',
    heading: 'Instance id',
    width: 176,
    rank: 17,
    meaning: 'As EC2 names it.',
    cell: ({ instance_id: id }) => (id === null ? unknown() : <code>{id}</code>),
  },
];

type ColumnFrame = Pick<FleetColumn, 'width' | 'rank' | 'meaning'>;

interface NumberColumn extends ColumnFrame {
  /** `-`: not known. */
  text(row: InstanceFigures): string;
}

function number(name: string, heading: string, { text, ...rest }: NumberColumn): FleetColumn {
  const cell = (row: InstanceFigures) => {
    const value = text(row);
    return value === '-' ? unknown() : value;
  };
  return { name, heading, ...rest, isNumber: true, cell };
}

interface CountsColumn extends ColumnFrame {
  /** Null: not known. */
  counts(row: InstanceFigures): readonly number[] | null;
}

/** Softer where nothing was counted: a table full of zeros hides the one that matters. */
function counts(name: string, heading: string, { counts: countsOf, ...rest }: CountsColumn): FleetColumn {
  const cell = (row: InstanceFigures) => {
    const values = countsOf(row);
    if (values === null) return unknown();
    return values.every((value) => value === 0) ? <span class="soft">0</span> : values.join(' / ');
  };
  return { name, heading, ...rest, isNumber: true, cell };
}

/** Of one that has not, nothing is known; its zeros stand for that. */
function hasCalled({ last_contact_at: lastContactAt }: InstanceFigures): boolean {
  return lastContactAt !== null;
}

function unknown() {
  return (
    <span class="soft" title="not known">
      -
    </span>
  );
}

function Condition(row: InstanceFigures) {
  const { tone, word, reason } = troubleOf(row);
  return (
    <Badge tone={tone} title={reason}>
      {word}
    </Badge>
  );
}

function P99(row: InstanceFigures) {
  const why = whyNoP99(row);
  if (why === null) return row.offset_p99_abs_ns === null ? unknown() : nanosecondsText(row.offset_p99_abs_ns);
  return (
    <span class="soft" title={why}>
      too few
    </span>
  );
}

function Lock({ phc_selected: selected }: InstanceFigures) {
  if (selected === null) return unknown();
  return selected ? <span class="good">yes</span> : <span class="warn">no</span>;
}
