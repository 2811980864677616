/** One instance in the fleet table. */
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import { Badge } from '../components/badge.tsx';
import { Link } from '../components/link.tsx';
import { KEPT, troubleOf } from '../trouble.ts';
import { DEFAULT_SPAN } from '../view.ts';
import type { FleetColumn } from './fleet-columns.tsx';

interface NameProps {
  readonly run: string;
  readonly row: InstanceFigures;
  readonly selected: ReadonlySet<string>;
  onSelect(instanceId: string, isSelected: boolean): void;
}

export interface FleetRowProps extends NameProps {
  readonly columns: readonly FleetColumn[];
  readonly position: number;
}

export function FleetRow({ row, columns, position, ...rest }: FleetRowProps) {
  return (
    <tr aria-rowindex={position + 2}>
      <th scope="row">
        <NameCell row={row} {...rest} />
      </th>
      {columns.map(({ name, isNumber, cell }) => (
        <td key={name} class={isNumber === true ? 'number' : ''}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

function NameCell({ row, run, selected, onSelect }: NameProps) {
  const { instance_id: instance, name, index } = row;
  if (instance === null) {
    return (
      <span class="soft" title="not launched">
        {name}
      </span>
    );
  }
  return (
    <span class="instance-name">
      <input
        type="checkbox"
        aria-label={`Select ${name}`}
        checked={selected.has(instance)}
        onChange={({ currentTarget }) => onSelect(instance, currentTarget.checked)}
      />
      <Link
        to={{ page: 'instance', run, instance, span: DEFAULT_SPAN }}
        title={`number ${index} of the run, ${instance}`}
      >
        {name}
      </Link>
      {row.state === 'kept' && troubleOf(row).reason !== KEPT ? (
        <Badge tone="info" title={KEPT}>
          kept
        </Badge>
      ) : null}
    </span>
  );
}
