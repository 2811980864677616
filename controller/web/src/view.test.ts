import { describe, expect, it } from 'vitest';
import { NO_COMPARISON, NO_FILTER, parseView, type View, viewAddress } from './view.ts';

const RUN = '20261120-231757-k3f9';
const INSTANCE = 'i-0123456789abcdef0';

const VIEWS: readonly View[] = [
  { page: 'runs' },
  { page: 'run', run: RUN, filter: NO_FILTER },
  {
    page: 'run',
    run: RUN,
    filter: {
      text: 'c7i a&b',
      type: 'c7i.large',
      zone: 'use1-az4',
      axis: 'attention',
      sort: 'gaps',
      descending: false,
      heat: 'read_delay',
    },
  },
  { page: 'instance', run: RUN, instance: INSTANCE, span: { kind: 'all' } },
  { page: 'instance', run: RUN, instance: INSTANCE, span: { kind: 'live', seconds: 600 } },
  { page: 'instance', run: RUN, instance: INSTANCE, span: { kind: 'fixed', fromMs: 1.7e12, toMs: 1.7e12 + 1 } },
  {
    page: 'compare',
    mode: 'instances',
    run: RUN,
    compared: [
      { run: RUN, instance: INSTANCE },
      { run: RUN, instance: 'i-00000000' },
    ],
    aligned: true,
    column: 'bound',
    period: 'days',
  },
];

function open(address: string): View {
  return parseView(new URL(address, 'http://localhost'));
}

describe('view', () => {
  it.each(VIEWS)('survives its own address: %j', (view) => {
    expect(open(viewAddress(view))).toEqual(view);
  });

  it('keeps the address of a plain view short', () => {
    expect(viewAddress({ page: 'run', run: RUN, filter: NO_FILTER })).toBe(`/runs/${RUN}`);
    expect(viewAddress(NO_COMPARISON)).toBe('/compare');
  });

  it('shows the runs at / and says of other addresses that it does not know them', () => {
    expect(open('/')).toEqual({ page: 'runs' });
    expect(open('/runs')).toEqual({ page: 'runs' });
    expect(open('/elsewhere')).toEqual({ page: 'unknown', path: '/elsewhere' });
    expect(open(`/runs/${RUN}/nothing/x`)).toMatchObject({ page: 'unknown' });
    expect(open('/runs/nope')).toMatchObject({ page: 'unknown' });
  });

  it('has one instance, of the run that is named, where the weeks of one are compared', () => {
    const other = RUN.replace('2026', '2025');
    expect(open(`/compare?mode=weeks&run=${other}&of=${RUN}.${INSTANCE}_${RUN}.i-00000000`)).toMatchObject({
      mode: 'weeks',
      run: RUN,
      compared: [{ run: RUN, instance: INSTANCE }],
    });
    expect(open(`/compare?mode=weeks&run=${RUN}`)).toMatchObject({ run: RUN, compared: [] });
  });

  it('takes the whole run for a span that makes no sense', () => {
    const span = { kind: 'all' };
    for (const query of ['?from=x&to=y', '?from=2026-11-21&to=2026-11-20', '?last=-3', '?last=a']) {
      expect(open(`/runs/${RUN}/instances/${INSTANCE}${query}`)).toMatchObject({ span });
    }
  });
});
