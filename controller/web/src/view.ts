/** What the page shows, as an address and back (pure). The address carries the whole view, so that it can be sent to somebody. */

export interface FleetFilter {
  readonly text: string;
  readonly type: string;
  readonly zone: string;
  readonly axis: FleetAxis;
  readonly sort: string;
  readonly descending: boolean;
  /** What the strip over time shows. */
  readonly heat: HeatChoice;
}

export const HEAT_CHOICES = ['offset', 'bound', 'read_delay', 'last_offset'] as const;
export type HeatChoice = (typeof HEAT_CHOICES)[number];

export const FLEET_AXES = ['all', 'attention', 'locked', 'failed', 'fails_quality', 'passes', 'not_tested'] as const;
export type FleetAxis = (typeof FLEET_AXES)[number];

/** `live`: the newest so many seconds, moving on; `all`: from the first sample to now. */
export type SpanChoice =
  | { readonly kind: 'live'; readonly seconds: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'fixed'; readonly fromMs: number; readonly toMs: number };

/** One series to compare: an instance of a run. */
export interface Compared {
  readonly run: string;
  readonly instance: string;
}

export const COMPARE_MODES = ['instances', 'types', 'weeks'] as const;
export type CompareMode = (typeof COMPARE_MODES)[number];
export const COMPARE_COLUMNS = ['offset', 'bound', 'read_delay', 'frequency'] as const;
export type CompareColumn = (typeof COMPARE_COLUMNS)[number];

export type View =
  | { readonly page: 'runs' }
  | { readonly page: 'run'; readonly run: string; readonly filter: FleetFilter }
  | { readonly page: 'instance'; readonly run: string; readonly instance: string; readonly span: SpanChoice }
  | {
      readonly page: 'compare';
      readonly mode: CompareMode;
      readonly run: string | null;
      readonly compared: readonly Compared[];
      readonly aligned: boolean;
      readonly column: CompareColumn;
      /** How long the parts of one instance are that are laid over each other; empty: as suits what there is. */
      readonly period: string;
    }
  | { readonly page: 'unknown'; readonly path: string };

export const NO_FILTER: FleetFilter = {
  text: '',
  type: '',
  zone: '',
  axis: 'all',
  sort: 'trouble',
  descending: true,
  heat: 'offset',
};
export const NO_COMPARISON = {
  page: 'compare',
  mode: 'instances',
  run: null,
  compared: [],
  aligned: false,
  column: 'offset',
  period: '',
} as const satisfies View;
export const DEFAULT_SPAN: SpanChoice = { kind: 'all' };

/** Of anything else the controller would close the live connection. */
const RUN_ID = /^\d{8}-\d{6}-[a-z0-9]{4}$/;

export function parseView({ pathname, search }: { readonly pathname: string; readonly search: string }): View {
  const query = new URLSearchParams(search);
  const [first = 'runs', run, second, instance, ...rest] = pathname.split('/').filter((part) => part !== '');
  if (first === 'compare' && run === undefined) return parseCompare(query);
  if (first !== 'runs' || rest.length > 0) return { page: 'unknown', path: pathname };
  if (run === undefined) return { page: 'runs' };
  if (!RUN_ID.test(run)) return { page: 'unknown', path: pathname };
  if (second === undefined) return { page: 'run', run, filter: parseFilter(query) };
  if (second !== 'instances' || instance === undefined) return { page: 'unknown', path: pathname };
  return { page: 'instance', run, instance, span: parseSpan(query) };
}

export function viewAddress(view: View): string {
  switch (view.page) {
    case 'runs':
      return '/';
    case 'run':
      return `/runs/${view.run}${queryText(filterQuery(view.filter))}`;
    case 'instance':
      return `/runs/${view.run}/instances/${view.instance}${queryText(spanQuery(view.span))}`;
    case 'compare':
      return `/compare${queryText({
        mode: view.mode === 'instances' ? '' : view.mode,
        run: view.run ?? '',
        of: view.compared.map(({ run, instance }) => `${run}.${instance}`).join('_'),
        align: view.aligned ? 'start' : '',
        column: view.column === NO_COMPARISON.column ? '' : view.column,
        period: view.period,
      })}`;
    case 'unknown':
      return view.path;
  }
}

function parseFilter(query: URLSearchParams): FleetFilter {
  const axis = query.get('axis');
  const heat = query.get('heat');
  return {
    text: query.get('q') ?? '',
    type: query.get('type') ?? '',
    zone: query.get('az') ?? '',
    axis: FLEET_AXES.find((name) => name === axis) ?? 'all',
    sort: query.get('sort') ?? NO_FILTER.sort,
    descending: query.get('order') !== 'up',
    heat: HEAT_CHOICES.find((name) => name === heat) ?? NO_FILTER.heat,
  };
}

function filterQuery({ text, type, zone, axis, sort, descending, heat }: FleetFilter): Record<string, string> {
  return {
    q: text,
    type,
    az: zone,
    axis: axis === 'all' ? '' : axis,
    sort: sort === NO_FILTER.sort ? '' : sort,
    order: descending ? '' : 'up',
    heat: heat === NO_FILTER.heat ? '' : heat,
  };
}

function parseSpan(query: URLSearchParams): SpanChoice {
  const fromMs = Date.parse(query.get('from') ?? '');
  const toMs = Date.parse(query.get('to') ?? '');
  if (fromMs < toMs) return { kind: 'fixed', fromMs, toMs };
  const seconds = Number(query.get('last'));
  return Number.isFinite(seconds) && seconds >= 1 ? { kind: 'live', seconds } : DEFAULT_SPAN;
}

function spanQuery(span: SpanChoice): Record<string, string> {
  if (span.kind === 'live') return { last: String(span.seconds) };
  if (span.kind === 'all') return {};
  return { from: new Date(span.fromMs).toISOString(), to: new Date(span.toMs).toISOString() };
}

function parseCompare(query: URLSearchParams): View {
  const [mode, column] = [query.get('mode'), query.get('column')];
  const compared = (query.get('of') ?? '').split('_').flatMap((text) => {
    const [run, instance] = text.split('.');
    return run === undefined || run === '' || instance === undefined ? [] : [{ run, instance }];
  });
  return inMode(COMPARE_MODES.find((name) => name === mode) ?? 'instances', {
    page: 'compare',
    run: query.get('run'),
    compared,
    aligned: query.get('align') === 'start',
    column: COMPARE_COLUMNS.find((name) => name === column) ?? NO_COMPARISON.column,
    period: query.get('period') ?? '',
  });
}

type CompareView = Extract<View, { page: 'compare' }>;

/** Of several instances the first is the one whose weeks are compared, and its run the one to choose from. */
export function inMode(mode: CompareMode, view: Omit<CompareView, 'mode'>): CompareView {
  const [first] = view.compared;
  return mode === 'weeks' && first !== undefined
    ? { ...view, mode, run: first.run, compared: [first] }
    : { ...view, mode };
}

function queryText(query: Readonly<Record<string, string>>): string {
  const said = Object.entries(query).filter(([, value]) => value !== '');
  return said.length === 0 ? '' : `?${new URLSearchParams(said)}`;
}
