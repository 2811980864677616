/** Whether what is shown is live: a word in the heading, and a notice when the data is old. */
import { nowMs } from './clock.ts';
import { Instant } from './components/instant.tsx';
import { Notice } from './components/notice.tsx';
import { connection, heardAtMs, live, reconnectNow } from './live-feed.ts';
import { agoText } from './time-text.ts';

/** A run that is watched says something every 10 s. */
const OLD_MS = 15_000;
/** A connection that comes back at once is not worth a notice. */
const BRIEF_MS = 3000;

export function ConnectionState() {
  const { state } = connection.value;
  const word = { off: 'not connected', connecting: 'connecting', open: 'live', waiting: 'not connected' }[state];
  const tone = { off: 'unknown', connecting: 'unknown', open: 'good', waiting: 'error' }[state];
  const { overview } = live.value;
  const title = overview === null ? 'The live connection' : `Figures of ${new Date(overview.atMs).toISOString()}`;
  return (
    <span class={`connection ${tone}`} role="status" title={title}>
      <span class="dot" aria-hidden="true" /> {word}
    </span>
  );
}

export function StaleNotice() {
  const current = connection.value;
  const heardAt = heardAtMs.value;
  if (heardAt === null) return null;
  const age = nowMs.value - heardAt;
  if (current.state === 'open') return <OldFigures />;
  if (age < BRIEF_MS) return null;
  const wait = current.state === 'waiting' ? Math.max(0, Math.ceil((current.retryAtMs - nowMs.value) / 1000)) : 0;
  return (
    <Notice tone="warning">
      <strong>This data is old:</strong> the controller was last heard {agoText(age)} (<Instant at={heardAt} />
      ). {wait > 0 ? `Trying again in ${wait} s.` : 'Trying again ...'}{' '}
      <button type="button" onClick={reconnectNow}>
        Try now
      </button>
    </Notice>
  );
}

/** The line is open, but the figures do not move. */
function OldFigures() {
  const { overview, clockAheadMs } = live.value;
  if (overview === null) return null;
  const age = nowMs.value + clockAheadMs - overview.atMs;
  if (age < OLD_MS) return null;
  return (
    <Notice tone="warning">
      <strong>These figures are old:</strong> the controller's last ones are of <Instant at={overview.atMs} />,{' '}
      {agoText(age)}.
    </Notice>
  );
}
