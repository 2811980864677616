/** The fleet as a table of which only the rows in sight exist: five hundred instances cost what thirty do. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import { Badge } from '../components/badge.tsx';
import { Link } from '../components/link.tsx';
import { DEFAULT_SPAN, type FleetFilter } from '../view.ts';
import { FLEET_COLUMNS, type FleetColumn } from './fleet-columns.tsx';

const ROW_PX = 34;
const NAME_WIDTH = 236;
/** Rows beyond the edge, so that scrolling shows no hole. */
const SPARE_ROWS = 8;
const ALL_COLUMNS = FLEET_COLUMNS.length + 1;

export interface FleetTableProps {
  readonly run: string;
  readonly rows: readonly InstanceFigures[];
  readonly filter: FleetFilter;
  readonly selected: ReadonlySet<string>;
  onSort(column: string): void;
  onSelect(instanceId: string, isSelected: boolean): void;
}

export function FleetTable(props: FleetTableProps) {
  const { rows } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { first, count } = useVisibleRows(scroller);
  const from = Math.max(0, Math.min(first, rows.length - count) - SPARE_ROWS);
  const to = Math.min(rows.length, first + count + SPARE_ROWS);
  const width = NAME_WIDTH + FLEET_COLUMNS.reduce((sum, column) => sum + column.width, 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="fleet-scroll" ref={scroller} tabIndex={0} aria-label="Instances" onKeyDown={moveFocus}>
      <table class="fleet" style={{ width: `${width}px` }} aria-rowcount={rows.length + 1}>
        <colgroup>
          <col style={{ width: `${NAME_WIDTH}px` }} />
          {FLEET_COLUMNS.map(({ name, width: px }) => (
            <col key={name} style={{ width: `${px}px` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <SortHeading column={NAME_COLUMN} {...props} />
            {FLEET_COLUMNS.map((column) => (
              <SortHeading key={column.name} column={column} {...props} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer rows={from} />
          {rows.slice(from, to).map((row, index) => (
            <FleetRow key={row.index} row={row} position={from + index} {...props} />
          ))}
          <Spacer rows={rows.length - to} />
        </tbody>
      </table>
    </section>
  );
}

const NAME_COLUMN = {
  name: 'instance',
  heading: 'Instance',
  meaning: 'Instance type, its number within the type, and its id.',
};

function Spacer({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="spacer">
      <td colSpan={ALL_COLUMNS} style={{ height: `${rows * ROW_PX}px` }} />
    </tr>
  );
}

/** Which rows are in sight; only a change of whole rows draws anything. */
function useVisibleRows(scroller: { readonly current: HTMLElement | null }) {
  const [seen, setSeen] = useState({ first: 0, count: 20 });
  useEffect(() => {
    const { current: element } = scroller;
    if (element === null) return;
    const measure = () => {
      const first = Math.floor(element.scrollTop / ROW_PX);
      const count = Math.ceil(element.clientHeight / ROW_PX);
      setSeen((before) => (before.first === first && before.count === count ? before : { first, count }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [scroller]);
  return seen;
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

interface RowProps extends FleetTableProps {
  readonly row: InstanceFigures;
  readonly position: number;
}

function FleetRow({ row, position, ...table }: RowProps) {
  return (
    <tr aria-rowindex={position + 2}>
      <th scope="row">
        <NameCell row={row} {...table} />
      </th>
      {FLEET_COLUMNS.map(({ name, isNumber, cell }) => (
        <td key={name} class={isNumber === true ? 'number' : ''}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

function NameCell({ row, run, selected, onSelect }: Omit<RowProps, 'position'>) {
  const { instance_id: instance } = row;
  const name = `${row.instance_type}-${row.instance_index}`;
  if (instance === null) return <span class="soft">{name}, not launched</span>;
  return (
    <span class="instance-name">
      <input
        type="checkbox"
        aria-label={`Select ${name} to compare`}
        checked={selected.has(instance)}
        onChange={({ currentTarget }) => onSelect(instance, currentTarget.checked)}
      />
      <Link to={{ page: 'instance', run, instance, span: DEFAULT_SPAN }} title={instance}>
        {name} <span class="id">{instance}</span>
      </Link>
      {row.state === 'kept' ? (
        <Badge tone="info" title="It stayed after the run, and costs until you end it.">
          kept
        </Badge>
      ) : null}
    </span>
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
