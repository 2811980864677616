/** Events with what they mean, the newest first. */
import { useState } from 'preact/hooks';
import type { EventItem } from '../../../src/api/schemas.ts';
import { detailName, detailText } from '../detail-text.ts';
import { DEFAULT_SPAN } from '../view.ts';
import { Badge } from './badge.tsx';
import { Instant } from './instant.tsx';
import { Link } from './link.tsx';

const AT_FIRST = 25;
const STEP = 100;
const TONES = { info: 'info', warning: 'warning', error: 'error' } as const;

export interface EventListProps {
  readonly run: string;
  /** Oldest first, as the API has them. */
  readonly events: readonly EventItem[];
  /** Names of instances by id; absent where all are of one. */
  readonly names?: ReadonlyMap<string, string>;
  /** What the charts call an event. */
  readonly numbers?: ReadonlyMap<EventItem, number>;
  /** Shows where an event lies on the charts. */
  onShow?(atMs: number): void;
}

export function EventList({ run, events, names, numbers, onShow }: EventListProps) {
  const [most, setMost] = useState(AT_FIRST);
  const [isInfoShown, setInfoShown] = useState(false);
  const wanted = events.filter(({ severity }) => isInfoShown || severity !== 'info').toReversed();
  const hidden = events.length - wanted.length;
  return (
    <section class="card" aria-label="Events">
      <div class="page-head">
        <h2>Events</h2>
        <span class="fill" />
        <label class="small">
          <input
            type="checkbox"
            checked={isInfoShown}
            onChange={({ currentTarget }) => setInfoShown(currentTarget.checked)}
          />{' '}
          also for information{hidden > 0 ? ` (${hidden})` : ''}
        </label>
      </div>
      {wanted.length === 0 ? <p class="soft">No warning and no error.</p> : null}
      <ol class="events">
        {wanted.slice(0, most).map((event) => (
          <EventEntry
            key={`${event.at} ${event.event} ${event.instance_id} ${JSON.stringify(event.detail)}`}
            {...{ run, event, names, onShow }}
            number={numbers?.get(event)}
          />
        ))}
      </ol>
      {wanted.length > most ? (
        <button type="button" onClick={() => setMost(most + STEP)}>
          {Math.min(STEP, wanted.length - most)} more of {wanted.length}
        </button>
      ) : null}
    </section>
  );
}

interface EntryProps {
  readonly run: string;
  readonly event: EventItem;
  readonly number: number | undefined;
  readonly names: ReadonlyMap<string, string> | undefined;
  readonly onShow: ((atMs: number) => void) | undefined;
}

function EventEntry({ run, event, number, names, onShow }: EntryProps) {
  const { instance_id: instance } = event;
  const details = Object.entries(event.detail);
  return (
    <li>
      <span class="event-head">
        {number === undefined ? null : <span class="event-number">{number}</span>}
        <Badge tone={TONES[event.severity]}>{event.event.replaceAll('_', ' ')}</Badge> <Instant at={event.at} />
        {names === undefined || instance === null ? null : (
          <Link to={{ page: 'instance', run, instance, span: DEFAULT_SPAN }}>{names.get(instance) ?? instance}</Link>
        )}
        {onShow === undefined ? null : (
          <button type="button" class="small quiet" onClick={() => onShow(Date.parse(event.at))}>
            Show on the charts
          </button>
        )}
      </span>
      <p>{event.explanation}</p>
      {details.length === 0 ? null : (
        <dl class="detail small">
          {details.map(([name, value]) => (
            <div key={name}>
              <dt>{detailName(name)}</dt>
              <dd>{detailText(name, value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
