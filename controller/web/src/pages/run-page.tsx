/** One run: what it looks like as a whole, its fleet sorted by worst, the strip over time, and its events. */
import { useMemo, useState } from 'preact/hooks';
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import type { RunSummary } from '../../../src/api/schemas.ts';
import { RunActions } from '../actions/run-actions.tsx';
import { Badge, SimulatedTag } from '../components/badge.tsx';
import { EventList } from '../components/event-list.tsx';
import { Instant } from '../components/instant.tsx';
import { Link } from '../components/link.tsx';
import { Notice } from '../components/notice.tsx';
import { ProgressBar } from '../components/progress-bar.tsx';
import { FleetFilterBar } from '../fleet/fleet-filter.tsx';
import { choicesOf, fleetRows } from '../fleet/fleet-rows.ts';
import { FleetTable } from '../fleet/fleet-table.tsx';
import { FleetTiles } from '../fleet/fleet-tiles.tsx';
import { HeatStrip } from '../fleet/heat-strip.tsx';
import { live } from '../live-feed.ts';
import type { Overview } from '../live-state.ts';
import { go } from '../route.ts';
import { stateWord, typesText } from '../run-text.ts';
import { type FleetFilter, NO_COMPARISON, NO_FILTER, type View } from '../view.ts';

type RunView = Extract<View, { page: 'run' }>;

export function RunPage({ view }: { readonly view: RunView }) {
  const { runs, overview, events, problem } = live.value;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const run = runs?.find(({ id }) => id === view.run) ?? null;
  if (run === null) {
    if (problem !== null || runs !== null) return <UnknownRun id={view.run} />;
    return <p class="soft">Waiting for the controller ...</p>;
  }
  const mine = overview?.run === run.id ? overview : null;
  const items = events?.run === run.id ? events.items : [];
  return (
    <>
      <RunHead run={run} selected={selected} />
      <PauseNotice run={run} />
      <KeepNotice run={run} />
      {run.simulated ? (
        <p class="simulated-note">
          <SimulatedTag /> The PHC of this run is a simulated one. Everything else is real, but these numbers say
          nothing about hardware.
        </p>
      ) : null}
      <RemovedNotice run={run} />
      {mine === null ? (
        <p class="soft">Waiting for the figures ...</p>
      ) : (
        <Fleet {...{ run, view, selected }} overview={mine} onSelected={setSelected} />
      )}
      <EventList run={run.id} events={items} names={namesOf(mine)} />
    </>
  );
}

const REMOVAL = {
  age: 'by their age',
  size: 'to keep to the size that is retained',
  operator: 'at the word of an operator',
} as const;

/** Why charts of an old run are empty. */
function RemovedNotice({ run }: { readonly run: RunSummary }) {
  const removed = run.samples_removed;
  if (removed === null) return null;
  return (
    <Notice tone="info">
      The samples of this run were removed <Instant at={removed.at} /> {REMOVAL[removed.reason]}. Its report stays.
    </Notice>
  );
}

function UnknownRun({ id }: { readonly id: string }) {
  return (
    <Notice tone="warning">
      This controller has no run {id}. <Link to={{ page: 'runs' }}>All runs</Link>
    </Notice>
  );
}

interface HeadProps {
  readonly run: RunSummary;
  readonly selected: ReadonlySet<string>;
}

function RunHead({ run, selected }: HeadProps) {
  const state = stateWord(run);
  return (
    <div class="page-head">
      <div class="place">
        <p class="crumbs">
          <Link to={{ page: 'runs' }}>Runs</Link> /
        </p>
        <h1>
          {run.id}{' '}
          <Badge tone={state.tone} title={state.meaning}>
            {state.word}
          </Badge>
        </h1>
        <p class="soft small">
          {typesText(run)} in {run.region}
          {run.placement_group === null ? '' : `, placement group ${run.placement_group}`}, began{' '}
          <Instant at={run.created_at} />
          {run.stop_reason === null ? '' : `; stopped: ${run.stop_reason}`}
        </p>
        <ProgressBar run={run} />
      </div>
      <RunActions run={run} ticked={selected} />
    </div>
  );
}

function namesOf(overview: Overview | null): ReadonlyMap<string, string> {
  const rows = [...(overview?.rows.values() ?? [])];
  return new Map(rows.map(({ instance_id: id, name }) => [id ?? '', name]));
}

interface FleetProps extends HeadProps {
  readonly overview: Overview;
  readonly view: RunView;
  onSelected(selected: ReadonlySet<string>): void;
}

function Fleet({ run, overview, view, selected, onSelected }: FleetProps) {
  const { filter } = view;
  const rows = useMemo(() => fleetRows(overview.rows.values(), filter), [overview, filter]);
  const choices = useMemo(() => choicesOf(overview.rows.values()), [overview]);
  const change = (next: FleetFilter) => go({ ...view, filter: next }, { replace: true });
  const sort = (column: string) =>
    change({ ...filter, sort: column, descending: filter.sort === column ? !filter.descending : true });
  const select = (instanceId: string, isSelected: boolean) => {
    const next = new Set(selected);
    if (isSelected) next.add(instanceId);
    else next.delete(instanceId);
    onSelected(next);
  };
  return (
    <>
      <KeptNotice rows={[...overview.rows.values()]} />
      <FleetTiles run={run} rows={overview.rows} />
      <HeatStrip
        run={run.id}
        rows={rows}
        isLive={run.state !== 'ended'}
        choice={filter.heat}
        onChoice={(heat) => change({ ...filter, heat })}
      />
      <section class="card table-card" aria-label="Fleet">
        <div class="fleet-head">
          <FleetFilterBar
            {...{ filter, ...choices }}
            shown={rows.length}
            total={overview.rows.size}
            onChange={change}
          />
          <span class="fill" />
          <CompareLink run={run.id} selected={selected} />
        </div>
        {rows.length === 0 ? <NothingLeft onReset={() => change({ ...NO_FILTER, heat: filter.heat })} /> : null}
        <FleetTable {...{ rows, filter, selected }} run={run.id} onSort={sort} onSelect={select} />
      </section>
    </>
  );
}

/** The run goes on, but nothing is launched or terminated until somebody does something. */
function PauseNotice({ run: { pause } }: { readonly run: RunSummary }) {
  if (pause === null) return null;
  const { since, reason, remedy } = pause;
  const isSaid = reason.toLowerCase().includes(remedy.toLowerCase());
  return (
    <Notice tone="error">
      <strong>Paused</strong> since <Instant at={since} />: {reason}
      {isSaid ? null : (
        <>
          <br />
          To go on: {remedy}
        </>
      )}
    </Notice>
  );
}

/** Until then it can be said which instances stay; silence keeps none. */
function KeepNotice({ run: { state, keep_decision_by: by } }: { readonly run: RunSummary }) {
  if (state !== 'keeping' || by === null) return null;
  return (
    <Notice tone="warning">
      Decide by <Instant at={by} /> which instances stay (<strong>Keep instances ...</strong>), otherwise none is kept.
    </Notice>
  );
}

/** Money that nobody else reminds of. */
function KeptNotice({ rows }: { readonly rows: readonly InstanceFigures[] }) {
  const kept = rows.filter(({ state }) => state === 'kept').length;
  if (kept === 0) return null;
  return (
    <Notice tone="info">
      {kept === 1 ? 'One instance was kept and goes' : `${kept} instances were kept and go`} on costing until you end{' '}
      {kept === 1 ? 'it' : 'them'} in EC2.
    </Notice>
  );
}

function NothingLeft({ onReset }: { readonly onReset: () => void }) {
  return (
    <p class="soft pad">
      No instance is like that.{' '}
      <button type="button" onClick={onReset}>
        Show all
      </button>
    </p>
  );
}

function CompareLink({ run, selected }: { readonly run: string; readonly selected: ReadonlySet<string> }) {
  if (selected.size === 0) return <span class="soft small">Tick instances to compare them</span>;
  const compared = [...selected].map((instance) => ({ run, instance }));
  return (
    <Link class="button" to={{ ...NO_COMPARISON, run, compared }}>
      Compare {selected.size}
    </Link>
  );
}
