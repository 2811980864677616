/** Compares: instances on one axis of time, the types of a run, or the weeks (days, hours) of one instance. */
import { useEffect } from 'preact/hooks';
import { CompareInstances, ComparePeriods } from '../compare/compare-series.tsx';
import { CompareTypes } from '../compare/compare-types.tsx';
import { InstanceChoice, InstancePicker } from '../compare/instance-picker.tsx';
import { useNames } from '../compare/use-names.ts';
import type { Series } from '../instance/series.ts';
import { live } from '../live-feed.ts';
import { go } from '../route.ts';
import {
  COMPARE_COLUMNS,
  COMPARE_MODES,
  type CompareColumn,
  type Compared,
  type CompareMode,
  inMode,
  type View,
} from '../view.ts';

type CompareView = Extract<View, { page: 'compare' }>;

const MODE_WORDS: Readonly<Record<CompareMode, string>> = {
  instances: 'Instances',
  types: 'Instance types',
  weeks: 'Weeks, days, hours',
};

const plain = (stream: Series['stream'], column: string): Series => ({ stream, key: '', column, isRelative: false });
const COLUMNS: Readonly<Record<CompareColumn, { readonly words: string; readonly series: Series }>> = {
  offset: { words: 'Offset (system - PHC)', series: plain('phc', 'offset_ns') },
  bound: { words: 'Clock error bound', series: plain('chrony', 'clock_error_bound_ns') },
  read_delay: { words: 'PHC read delay', series: plain('phc', 'read_delay_ns') },
  frequency: { words: 'Frequency without correction', series: plain('chrony', 'frequency_ppb') },
};

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
            <button key={mode} type="button" aria-pressed={view.mode === mode} onClick={() => go(inMode(mode, view))}>
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
  const { compared, aligned, mode, column, period } = view;
  const { words, series } = COLUMNS[column];
  const names = useNames(compared);
  const pick = (picked: Compared) => onChange({ run, compared: withPicked(compared, picked) });
  return (
    <>
      <div class="page-head">
        {mode === 'weeks' ? (
          <InstanceChoice
            run={run}
            chosen={compared[0] ?? null}
            onRun={(next) => onChange({ run: next, compared: [] })}
            onChoose={(chosen) => onChange({ run, compared: [chosen] })}
          />
        ) : (
          <InstancePicker run={run} onRun={(next) => onChange({ run: next })} onPick={pick} />
        )}
        <select
          aria-label="Column"
          value={column}
          onChange={({ currentTarget: { value } }) =>
            onChange({ column: COMPARE_COLUMNS.find((name) => name === value) ?? column })
          }
        >
          {COMPARE_COLUMNS.map((name) => (
            <option key={name} value={name}>
              {COLUMNS[name].words}
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
      <Lines
        {...{ mode, words, series, compared, names, aligned, period }}
        onPeriod={(next) => onChange({ period: next })}
      />
    </>
  );
}

function withPicked(compared: readonly Compared[], picked: Compared): readonly Compared[] {
  const others = compared.filter(({ run, instance }) => run !== picked.run || instance !== picked.instance);
  return [...others, picked];
}

interface LinesProps {
  readonly mode: CompareMode;
  readonly words: string;
  readonly series: Series;
  readonly compared: readonly Compared[];
  readonly names: ReadonlyMap<string, string>;
  readonly aligned: boolean;
  readonly period: string;
  onPeriod(period: string): void;
}

function Lines({ mode, aligned, period, onPeriod, ...rest }: LinesProps) {
  if (rest.compared.length === 0) {
    return (
      <p class="soft pad">
        {mode === 'weeks'
          ? 'Choose an instance: its weeks, days or hours are laid over each other.'
          : 'Add instances here, or tick them in the fleet of a run.'}
      </p>
    );
  }
  const isSimulated = rest.compared.some(({ run }) => isSimulatedRun(run));
  // Another column or another instance is another chart: none shows for a moment what the one before held.
  const key = mode === 'weeks' ? `${rest.compared[0]?.instance} ${rest.words}` : rest.words;
  if (mode === 'weeks') return <ComparePeriods key={key} {...{ ...rest, isSimulated, period, onPeriod }} />;
  return <CompareInstances key={key} {...{ ...rest, isSimulated }} isAligned={aligned} />;
}

function isSimulatedRun(id: string): boolean {
  return live.value.runs?.find((run) => run.id === id)?.simulated === true;
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
