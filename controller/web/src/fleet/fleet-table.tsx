/** The fleet as a table of which only the rows in sight exist: five hundred instances cost what thirty do. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import type { FleetFilter } from '../view.ts';
import { fittingColumns } from './fitting-columns.ts';
import { FLEET_COLUMNS, type FleetColumn } from './fleet-columns.tsx';
import { FleetRow } from './fleet-row.tsx';

const ROW_PX = 34;
const NAME_WIDTH = 184;
const NARROW_NAME_WIDTH = 150;
/** Of the badge beside a name. */
const KEPT_WIDTH = 52;
const NARROW_PX = 720;
/** Rows beyond the edge, so that scrolling shows no hole. */
const SPARE_ROWS = 8;

export interface FleetTableProps {
  readonly run: string;
  readonly rows: readonly InstanceFigures[];
  readonly filter: FleetFilter;
  readonly selected: ReadonlySet<string>;
  onSort(column: string): void;
  onSelect(instanceId: string, isSelected: boolean): void;
}

export function FleetTable(props: FleetTableProps) {
  const { rows, filter } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [isWhole, setWhole] = useState(false);
  const { first, count, width, hasMore } = useSight(scroller);
  const keptWidth = rows.some(({ state }) => state === 'kept') ? KEPT_WIDTH : 0;
  const nameWidth = (width < NARROW_PX ? NARROW_NAME_WIDTH : NAME_WIDTH) + keptWidth;
  const fitting = fittingColumns(FLEET_COLUMNS, { room: width - nameWidth, sort: filter.sort });
  const columns = isWhole ? FLEET_COLUMNS : fitting;
  const from = Math.max(0, Math.min(first, rows.length - count) - SPARE_ROWS);
  const to = Math.min(rows.length, first + count + SPARE_ROWS);
  const tableWidth = nameWidth + columns.reduce((sum, column) => sum + column.width, 0);
  return (
    <>
      <div class={hasMore ? 'fleet-frame more' : 'fleet-frame'}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section class="fleet-scroll" ref={scroller} tabIndex={0} aria-label="Instances" onKeyDown={moveFocus}>
          <table class="fleet" style={{ width: `${tableWidth}px` }} aria-rowcount={rows.length + 1}>
            <colgroup>
              <col style={{ width: `${nameWidth}px` }} />
              {columns.map(({ name, width: px }) => (
                <col key={name} style={{ width: `${px}px` }} />
              ))}
            </colgroup>
            <thead>
              <tr>
                <SortHeading column={NAME_COLUMN} {...props} />
                {columns.map((column) => (
                  <SortHeading key={column.name} column={column} {...props} />
                ))}
              </tr>
            </thead>
            <tbody>
              <Spacer rows={from} columns={columns.length + 1} />
              {rows.slice(from, to).map((row, index) => (
                <FleetRow key={row.index} row={row} position={from + index} columns={columns} {...props} />
              ))}
              <Spacer rows={rows.length - to} columns={columns.length + 1} />
            </tbody>
          </table>
        </section>
      </div>
      <ColumnsNote {...{ fitting, isWhole, hasMore }} onChange={setWhole} />
      <Meanings />
    </>
  );
}

const NAME_COLUMN = {
  name: 'instance',
  heading: 'Instance',
  meaning:
    'Instance type and its number within the type; pointed at, its number in the run, by which it is kept, and its id.',
};

interface NoteProps {
  readonly fitting: readonly FleetColumn[];
  readonly isWhole: boolean;
  readonly hasMore: boolean;
  onChange(isWhole: boolean): void;
}

/** Nothing is left out in silence. */
function ColumnsNote({ fitting, isWhole, hasMore, onChange }: NoteProps) {
  const left = FLEET_COLUMNS.filter((column) => !fitting.includes(column));
  if (left.length === 0) return null;
  const words = left.map(({ heading }) => heading).join(', ');
  return (
    <p class="fleet-note soft small">
      {isWhole ? `All columns${hasMore ? ': more of them to the right' : ''}.` : `No room for: ${words}.`}{' '}
      <button type="button" class="small" onClick={() => onChange(!isWhole)}>
        {isWhole ? 'Only what fits' : 'Show all columns'}
      </button>
    </p>
  );
}

/** What a heading says when it is pointed at, for fingers and keys. */
function Meanings() {
  return (
    <details class="fleet-note small">
      <summary>What do these columns mean?</summary>
      <dl class="meanings">
        {[NAME_COLUMN, ...FLEET_COLUMNS].map(({ name, heading, meaning }) => (
          <div key={name}>
            <dt>{heading}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Spacer({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="spacer">
      <td colSpan={columns} style={{ height: `${rows * ROW_PX}px` }} />
    </tr>
  );
}

interface Sight {
  readonly first: number;
  readonly count: number;
  readonly width: number;
  /** Columns beyond the right edge. */
  readonly hasMore: boolean;
}

/** What is in sight; only a change of whole rows, of the width, or at the right edge draws anything. */
function useSight(scroller: { readonly current: HTMLElement | null }): Sight {
  const [seen, setSeen] = useState<Sight>({ first: 0, count: 20, width: 1200, hasMore: false });
  useEffect(() => {
    const { current: element } = scroller;
    if (element === null) return;
    const measure = () => setSeen((before) => sameOr(before, sightOf(element)));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [scroller]);
  return seen;
}

function sightOf(element: HTMLElement): Sight {
  return {
    first: Math.floor(element.scrollTop / ROW_PX),
    count: Math.ceil(element.clientHeight / ROW_PX),
    width: element.clientWidth,
    hasMore: element.scrollWidth - element.clientWidth - element.scrollLeft > 1,
  };
}

function sameOr(before: Sight, now: Sight): Sight {
  const isSame = (Object.keys(now) as (keyof Sight)[]).every((name) => before[name] === now[name]);
  return isSame ? before : now;
}

interface HeadingProps extends FleetTableProps {
  readonly column: Pick<FleetColumn, 'name' | 'heading' | 'meaning' | 'isNumber'>;
}

function SortHeading({ column, filter, onSort }: HeadingProps) {
  const isSorted = filter.sort === column.name;
  const order = filter.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={column.isNumber === true ? 'number' : ''} aria-sort={isSorted ? order : 'none'}>
      <button type="button" class="sort" title={column.meaning} onClick={() => onSort(column.name)}>
        {column.heading}
        {isSorted ? <span aria-hidden="true">{filter.descending ? ' ▾' : ' ▴'}</span> : null}
      </button>
    </th>
  );
}

/** Up and down go from instance to instance. */
function moveFocus(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const { currentTarget, target } = event;
  const row = target instanceof Element ? target.closest('tbody tr') : null;
  if (row === null || !(currentTarget instanceof HTMLElement)) return;
  const next = event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
  const link = next?.querySelector('a');
  if (link === null || link === undefined) return;
  event.preventDefault();
  link.focus();
}
