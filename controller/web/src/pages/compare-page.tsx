/** Compares: instances on one axis of time, the types of a run, or the weeks (days, hours) of one instance. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { CompareInstances, ComparePeriods } from '../compare/compare-series.tsx';
import { CompareTypes } from '../compare/compare-types.tsx';
import { InstancePicker, useInstances } from '../compare/instance-picker.tsx';
import type { Series } from '../instance/series.ts';
import { live } from '../live-feed.ts';
import { go } from '../route.ts';
import { COMPARE_MODES, type Compared, type CompareMode, type View } from '../view.ts';

type CompareView = Extract<View, { page: 'compare' }>;

const MODE_WORDS: Readonly<Record<CompareMode, string>> = {
  instances: 'Instances',
  types: 'Instance types',
  weeks: 'Weeks, days, hours',
};

const plain = (stream: Series['stream'], column: string): Series => ({ stream, key: '', column, isRelative: false });
const COLUMNS: readonly (readonly [string, Series])[] = [
  ['Offset (system - PHC)', plain('phc', 'offset_ns')],
  ['Clock error bound', plain('chrony', 'clock_error_bound_ns')],
  ['PHC read delay', plain('phc', 'read_delay_ns')],
  ['Frequency without correction', plain('chrony', 'frequency_ppb')],
];

export function ComparePage({ view }: { readonly view: CompareView }) {
  const run = view.run ?? live.value.runs?.[0]?.id ?? null;
  const change = (part: Partial<CompareView>) => go({ ...view, ...part });
  useEffect(() => {
    // The address says whose figures are live.
    if (view.run === null && run !== null) go({ ...view, run }, { replace: true });
  }, [view, run]);
  return (
    <>
      <div class="page-head">
        <h1>Compare</h1>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend that says the same */}
        <div role="group" aria-label="What to compare" class="button-row">
          {COMPARE_MODES.map((mode) => (
            <button key={mode} type="button" aria-pressed={view.mode === mode} onClick={() => change({ mode })}>
              {MODE_WORDS[mode]}
            </button>
          ))}
        </div>
      </div>
      <section class="card" aria-label={MODE_WORDS[view.mode]}>
        {view.mode === 'types' ? (
          <Types run={run} onRun={(next) => change({ run: next })} />
        ) : (
          <OverTime view={view} run={run} onChange={change} />
        )}
      </section>
    </>
  );
}

function Types({ run, onRun }: { readonly run: string | null; readonly onRun: (run: string) => void }) {
  return (
    <>
      <select aria-label="Run" value={run ?? ''} onChange={({ currentTarget }) => onRun(currentTarget.value)}>
        {(live.value.runs ?? []).map(({ id }) => (
          <option key={id}>{id}</option>
        ))}
      </select>
      {run === null ? <p class="soft">There is no run yet.</p> : <CompareTypes run={run} />}
    </>
  );
}

interface OverTimeProps {
  readonly view: CompareView;
  readonly run: string | null;
  onChange(part: Partial<CompareView>): void;
}

function OverTime({ view, run, onChange }: OverTimeProps) {
  const { compared, aligned, mode } = view;
  const [column, setColumn] = useState(0);
  const series = COLUMNS[column]?.[1] ?? plain('phc', 'offset_ns');
  const { instances } = useInstances(run);
  const names = useMemo(() => new Map(instances.map(({ instance_id: id, name }) => [id ?? '', name])), [instances]);
  const pick = (picked: Compared) =>
    onChange({ run, compared: mode === 'weeks' ? [picked] : withPicked(compared, picked) });
  return (
    <>
      <div class="page-head">
        <InstancePicker
          run={run}
          verb={mode === 'weeks' ? 'Show' : 'Add'}
          onRun={(next) => onChange({ run: next })}
          onPick={pick}
        />
        <select
          aria-label="Column"
          value={column}
          onChange={({ currentTarget }) => setColumn(Number(currentTarget.value))}
        >
          {COLUMNS.map(([words], index) => (
            <option key={words} value={index}>
              {words}
            </option>
          ))}
        </select>
        {mode === 'instances' ? (
          <label class="small">
            <input
              type="checkbox"
              checked={aligned}
              onChange={({ currentTarget }) => onChange({ aligned: currentTarget.checked })}
            />{' '}
            let all begin together
          </label>
        ) : null}
      </div>
      {mode === 'instances' ? <Chips compared={compared} names={names} onChange={onChange} /> : null}
      <Lines {...{ mode, series, compared, names, aligned }} />
    </>
  );
}

function withPicked(compared: readonly Compared[], picked: Compared): readonly Compared[] {
  const others = compared.filter(({ run, instance }) => run !== picked.run || instance !== picked.instance);
  return [...others, picked];
}

interface LinesProps {
  readonly mode: CompareMode;
  readonly series: Series;
  readonly compared: readonly Compared[];
  readonly names: ReadonlyMap<string, string>;
  readonly aligned: boolean;
}

function Lines({ mode, aligned, ...rest }: LinesProps) {
  if (rest.compared.length === 0) {
    return (
      <p class="soft pad">
        {mode === 'weeks'
          ? 'Choose an instance: its weeks, days or hours are laid over each other.'
          : 'Add instances here, or tick them in the fleet of a run.'}
      </p>
    );
  }
  return mode === 'weeks' ? <ComparePeriods {...rest} /> : <CompareInstances {...rest} isAligned={aligned} />;
}

type ChipsProps = Pick<LinesProps, 'compared' | 'names'> & Pick<OverTimeProps, 'onChange'>;

function Chips({ compared, names, onChange }: ChipsProps) {
  const without = (gone: Compared) => onChange({ compared: compared.filter((one) => one !== gone) });
  return (
    <p>
      {compared.map((one) => (
        <button key={`${one.run} ${one.instance}`} type="button" class="chip" onClick={() => without(one)}>
          {names.get(one.instance) ?? one.instance} <span aria-hidden="true">×</span>
          <span class="sr-only">, leave out</span>
        </button>
      ))}
    </p>
  );
}
