/** What narrows the fleet down: words, type, zone, condition. It lives in the address. */
import type { FleetAxis, FleetFilter } from '../view.ts';

const AXES: Readonly<Record<FleetAxis, string>> = {
  all: 'Any condition',
  attention: 'Needs attention',
  locked: 'Follows the PHC',
  failed: 'Failed',
  fails_quality: 'Breaks a criterion',
  passes: 'Passes so far',
  not_tested: 'Not tested (yet)',
};

export interface FleetFilterProps {
  readonly filter: FleetFilter;
  readonly types: readonly string[];
  readonly zones: readonly string[];
  readonly shown: number;
  readonly total: number;
  onChange(filter: FleetFilter): void;
}

export function FleetFilterBar({ filter, types, zones, shown, total, onChange }: FleetFilterProps) {
  const change = (part: Partial<FleetFilter>) => onChange({ ...filter, ...part });
  return (
    <search class="filter">
      <input
        type="search"
        placeholder="Find: type, id, state ..."
        aria-label="Find instances"
        value={filter.text}
        onInput={({ currentTarget }) => change({ text: currentTarget.value })}
      />
      <Choice
        label="Instance type"
        all="All types"
        value={filter.type}
        options={types}
        onChange={(type) => change({ type })}
      />
      <Choice
        label="Availability zone"
        all="All zones"
        value={filter.zone}
        options={zones}
        onChange={(zone) => change({ zone })}
      />
      <select
        aria-label="Condition"
        value={filter.axis}
        onChange={({ currentTarget }) => change({ axis: currentTarget.value as FleetAxis })}
      >
        {Object.entries(AXES).map(([axis, words]) => (
          <option key={axis} value={axis}>
            {words}
          </option>
        ))}
      </select>
      <span class="soft small" role="status">
        {shown === total ? total : `${shown} of ${total}`} {total === 1 ? 'instance' : 'instances'}
      </span>
    </search>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly value: string;
  readonly options: readonly string[];
  onChange(value: string): void;
}

function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  if (options.length < 2 && value === '') return null;
  return (
    <select aria-label={label} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}
