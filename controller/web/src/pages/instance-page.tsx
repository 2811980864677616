/** One instance: how it is now, its samples over time, what happened, what the statistics say, and what is known of the machine. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Static } from 'typebox';
import type {
  EventItem,
  EventsReply,
  InstanceList,
  InstanceSummary,
  RunSummary,
  SeriesList,
} from '../../../src/api/schemas.ts';
import { offsetLimits } from '../../../src/report/offset-limits.ts';
import type { InstanceReport } from '../../../src/report/report-schema.ts';
import { TerminateButton } from '../actions/terminate-instance.tsx';
import { around } from '../chart/chart-span.ts';
import { SimulatedTag } from '../components/badge.tsx';
import { EventList } from '../components/event-list.tsx';
import { Link } from '../components/link.tsx';
import { Notice } from '../components/notice.tsx';
import { Diagnostics } from '../instance/diagnostics.tsx';
import { numberedEvents } from '../instance/event-marks.ts';
import { InstanceCharts } from '../instance/instance-charts.tsx';
import { InstanceTiles } from '../instance/instance-tiles.tsx';
import type { StreamKey } from '../instance/series.ts';
import { Statistics } from '../instance/statistics.tsx';
import { useReport } from '../instance/use-report.ts';
import { live } from '../live-feed.ts';
import { messageOf, request } from '../request.ts';
import { go } from '../route.ts';
import { NO_COMPARISON, NO_FILTER, type SpanChoice, type View } from '../view.ts';

type InstanceView = Extract<View, { page: 'instance' }>;

/** The report of about so many samples is made without being asked for; of more it would take the processors from the charts. */
const QUICK_SAMPLES = 1_000_000;

export function InstancePage({ view }: { readonly view: InstanceView }) {
  const { runs, overview } = live.value;
  const run = runs?.find(({ id }) => id === view.run) ?? null;
  const facts = useInstance(view);
  if (runs === null) return <p class="soft">Waiting for the controller ...</p>;
  if (run === null || facts.isMissing) return <UnknownInstance view={view} />;
  const rows = overview?.run === run.id ? [...overview.rows.values()] : [];
  const figures = rows.find(({ instance_id: id }) => id === view.instance) ?? null;
  const { summary } = facts;
  const name = summary?.name ?? view.instance;
  return (
    <>
      <InstanceHead run={run} view={view} name={name} summary={summary} />
      {figures === null ? null : <InstanceTiles figures={figures} />}
      {facts.trouble === null ? null : <Notice tone="warning">{facts.trouble}</Notice>}
      <Evidence run={run} view={view} />
      {summary === null ? null : <Diagnostics summary={summary} />}
    </>
  );
}

function UnknownInstance({ view: { run, instance } }: { readonly view: InstanceView }) {
  return (
    <Notice tone="warning">
      Run {run} has no instance {instance}. <Link to={{ page: 'run', run, filter: NO_FILTER }}>The run</Link>
    </Notice>
  );
}

interface HeadProps {
  readonly run: RunSummary;
  readonly view: InstanceView;
  readonly name: string;
  readonly summary: InstanceSummary | null;
}

function InstanceHead({ run, view, name, summary }: HeadProps) {
  const isOver = run.state === 'ended' || summary?.state === 'terminated' || summary?.state === 'terminating';
  return (
    <div class="page-head">
      <div class="place">
        <p class="crumbs">
          <Link to={{ page: 'runs' }}>Runs</Link> /{' '}
          <Link to={{ page: 'run', run: run.id, filter: NO_FILTER }}>{run.id}</Link> /
        </p>
        <h1>
          {name} {run.simulated ? <SimulatedTag /> : null}
        </h1>
        <p class="soft small">
          <code>{view.instance}</code>
          {summary?.facts?.availability_zone === undefined ? '' : ` in ${summary.facts.availability_zone}`}
          {summary?.agent_version == null ? '' : `, agent ${summary.agent_version}`}
        </p>
      </div>
      <div class="actions">
        <Link
          class="button"
          to={{
            ...NO_COMPARISON,
            mode: 'weeks',
            run: run.id,
            compared: [{ run: run.id, instance: view.instance }],
          }}
        >
          Compare weeks
        </Link>
        {isOver ? null : <TerminateButton run={run.id} instance={view.instance} name={name} />}
      </div>
    </div>
  );
}

/** Charts, events and statistics share what the report knows: derived events, the end of the transient, the keys of streams. */
function Evidence({ run, view }: { readonly run: RunSummary; readonly view: InstanceView }) {
  const { instance } = view;
  const { keys, samples } = useStored(view);
  const isQuick = samples !== null && samples * run.instances_total <= QUICK_SAMPLES;
  const report = useReport(run.id, isQuick);
  const result = report.report?.results.find(({ instance_id: id }) => id === instance) ?? null;
  const [events, eventsTrouble] = useEvents(view, result);
  const choose = useCallback((span: SpanChoice) => go({ ...view, span }), [view]);
  const numbers = useMemo(() => new Map(numberedEvents(events).map(({ event, number }) => [event, number])), [events]);
  const show = (atMs: number) => {
    choose({ kind: 'fixed', ...around(atMs, { fromMs: atMs, toMs: atMs }) });
    scrollTo({ top: 0, behavior: 'smooth' });
  };
  const judgedFrom = result?.start_transient.judged_from ?? null;
  const limits = useMemo(() => (result === null ? [] : offsetLimits(result)), [result]);
  return (
    <>
      {samples === null ? (
        <p class="soft">Reading samples ...</p>
      ) : (
        <InstanceCharts
          {...{ run, instance, keys, events, limits }}
          choice={view.span}
          judgedFromMs={judgedFrom === null ? null : Date.parse(judgedFrom)}
          onChoice={choose}
        />
      )}
      {eventsTrouble === null ? null : <Notice tone="warning">The events could not be read: {eventsTrouble}</Notice>}
      <EventList run={run.id} events={events} numbers={numbers} onShow={show} />
      <Statistics state={report} result={result} />
    </>
  );
}

const KEYS_AGAIN_MS = 30_000;
interface Stored {
  /** Of streams with several series: chrony's sources, network interfaces. */
  readonly keys: readonly StreamKey[];
  /** Null: not known yet. */
  readonly samples: number | null;
}

const NOTHING_STORED: Stored = { keys: [], samples: null };

/** What is stored of the instance. New keys come rarely. */
function useStored({ run, instance }: InstanceView): Stored {
  const [stored, setStored] = useState(NOTHING_STORED);
  useEffect(() => {
    const abort = new AbortController();
    const read = async () => {
      try {
        const path = `/api/v1/runs/${run}/instances/${instance}/series`;
        const { series } = await request<SeriesList>(path, { signal: abort.signal });
        setStored((before) => storedOf(series, before));
      } catch {
        // Nothing is stored yet: the charts say so.
        if (!abort.signal.aborted) setStored((before) => ({ ...before, samples: before.samples ?? 0 }));
      }
    };
    void read();
    const timer = setInterval(read, KEYS_AGAIN_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [run, instance]);
  return stored;
}

/** The same keys stay the same object, so that nothing is asked for again. */
function storedOf(series: SeriesList['series'], before: Stored): Stored {
  const keys = series.filter(({ key }) => key !== '').map(({ stream, key }) => ({ stream, key }));
  const isSame = JSON.stringify(before.keys) === JSON.stringify(keys);
  const samples = series.reduce((sum, one) => sum + one.samples, 0);
  return { keys: isSame ? before.keys : keys, samples };
}

/** Those of the API as they come, and those that only the report derives from the samples. */
function useEvents(
  { run, instance }: InstanceView,
  result: InstanceReport | null,
): readonly [events: readonly EventItem[], trouble: string | null] {
  const [trouble, setTrouble] = useState<string | null>(null);
  const [stored, setStored] = useState<readonly EventItem[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    request<EventsReply>(`/api/v1/runs/${run}/events?instance=${instance}&limit=1000`, { signal: abort.signal })
      .then(({ events }) => {
        setStored(events);
        setTrouble(null);
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setTrouble(messageOf(error));
      });
    return () => abort.abort();
  }, [run, instance]);
  const fresh = live.value.events?.run === run ? live.value.events.items : NO_EVENTS;
  const events = useMemo(() => {
    const derived = (result?.events.items ?? []).map((event): EventItem => ({ ...event, instance_id: instance }));
    const all = [...stored, ...derived, ...fresh.filter(({ instance_id: id }) => id === instance)];
    const byIdentity = new Map(all.map((event) => [`${event.at} ${event.event}`, event]));
    return [...byIdentity.values()].sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  }, [stored, result, fresh, instance]);
  return [events, trouble];
}

const NO_EVENTS: readonly EventItem[] = [];

function useInstance({ run, instance }: InstanceView) {
  const [summary, setSummary] = useState<InstanceSummary | null>(null);
  const [isMissing, setMissing] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    request<Static<typeof InstanceList>>(`/api/v1/runs/${run}/instances`, { signal: abort.signal })
      .then(({ instances }) => {
        const found = instances.find(({ instance_id: id }) => id === instance) ?? null;
        setSummary(found);
        setMissing(found === null);
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setTrouble(messageOf(error));
      });
    return () => abort.abort();
  }, [run, instance]);
  return { summary, isMissing, trouble };
}
