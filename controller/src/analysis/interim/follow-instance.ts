/**
 * Brings what is known of an instance up to what is stored. A life of an agent only ever grows at its end, so its records are read once. Where
 * an earlier life gets more, as from a spool that was delivered late, it is continued from where that life stood, and the later ones are taken again.
 */
import type { FollowedEpoch, RecordFollower } from '../../store/follow-records.ts';
import type { FoldPlan } from './fold-plan.ts';
import { InstanceFold, type JudgedFrom, type SavedFold } from './instance-fold.ts';

/** An instance between two judgements, as plain data. */
export interface SavedInstance {
  readonly planKey: string;
  readonly fold: SavedFold;
  /** The epoch in which it was decided from where on the limits apply; null: not decided. */
  readonly decidedIn: string | null;
  /** How the instance stood at the end of earlier lives, oldest first. */
  readonly earlier: readonly SavedFold[];
}

export interface Following {
  readonly reader: Pick<RecordFollower, 'records' | 'nacks'>;
  readonly instanceId: string;
  readonly plan: FoldPlan;
  /** Of this instance, in the order of first arrival. */
  readonly epochs: readonly FollowedEpoch[];
}

export interface Followed {
  /** To judge from. */
  readonly fold: InstanceFold;
  /** To go on from; null: nothing new was stored. */
  readonly saved: SavedInstance | null;
}

/** So many lives can be delivered late without taking everything again. */
const KEPT_EARLIER = 3;

export function followInstance(following: Following, saved: SavedInstance | null): Followed {
  const { plan, instanceId } = following;
  const known = saved !== null && isUsable(saved, following) ? saved : null;
  const from = known === null ? null : continuable(known, following);
  if (from !== null && from.fold.judgedFrom !== null && !hasNews(from.fold, following.epochs)) {
    return { fold: new InstanceFold({ plan, instanceId, judgedFrom: from.fold.judgedFrom }, from.fold), saved: null };
  }
  return from === null ? fromStart(following) : proceed(following, from);
}

/** Saved by the same plan, of epochs and boots that are stored so and at least as far. */
function isUsable({ planKey, fold }: SavedInstance, { plan, epochs }: Following): boolean {
  if (planKey !== plan.key) return false;
  return fold.cursors.every(({ epoch, boot, through }, place) => {
    const stored = epochs[place];
    return stored?.epoch === epoch && bootOf(stored) === boot && stored.through >= through;
  });
}

function hasNews({ cursors }: SavedFold, epochs: readonly FollowedEpoch[]): boolean {
  return epochs.some(({ through }, place) => through > (cursors[place]?.through ?? 0));
}

/** From where to go on: as it is, or as it stood at the end of the earliest life that has grown since; null: from the start. */
function continuable(saved: SavedInstance, { epochs }: Following): SavedInstance | null {
  const { cursors } = saved.fold;
  const grown = cursors.findIndex(({ through }, place) => (epochs[place]?.through ?? 0) > through);
  if (grown < 0 || grown === cursors.length - 1) return saved;
  const decidedAt = cursors.findIndex(({ epoch }) => epoch === saved.decidedIn);
  if (decidedAt > grown) return null;
  const at = saved.earlier.findIndex((fold) => fold.cursors.length === grown + 1);
  const fold = saved.earlier[at];
  return fold === undefined ? null : { ...saved, fold, earlier: saved.earlier.slice(0, at) };
}

/** First until it is known from where on the limits apply, then all of it with that. */
function fromStart(following: Following): Followed {
  const { plan } = following;
  if (!plan.hasPhc) return proceed(following, fresh(following, 'everything'));
  return proceed(following, fresh(following, null));
}

function fresh({ plan, instanceId }: Following, judgedFrom: JudgedFrom): SavedInstance {
  const fold = new InstanceFold({ plan, instanceId, judgedFrom }).save();
  return { planKey: plan.key, fold, decidedIn: null, earlier: [] };
}

function proceed(following: Following, from: SavedInstance): Followed {
  const isOpen = from.fold.judgedFrom === null;
  const read = readOn(following, from);
  if (!isOpen) return read;
  const decided = read.fold.start.decided();
  const decidedIn = read.saved.fold.cursors.at(-1)?.epoch ?? null;
  if (decided !== null) return readOn(following, { ...fresh(following, decided), decidedIn });
  // Nothing that may still come is waited for to say how it stands now; it is not gone on from.
  const { judgedFrom } = read.fold.start.transient();
  return judgedFrom === null ? read : { fold: readOn(following, fresh(following, judgedFrom)).fold, saved: read.saved };
}

/** Takes what is new of each life. Ends as soon as the end of the start-up transient is decided where it is still looked for. */
function readOn(following: Following, from: SavedInstance): Followed & { readonly saved: SavedInstance } {
  const { plan, instanceId, reader, epochs } = following;
  const { judgedFrom } = from.fold;
  const fold = new InstanceFold({ plan, instanceId, judgedFrom }, from.fold);
  const earlier = [...from.earlier];
  const isDecided = () => judgedFrom === null && fold.start.decided() !== null;
  for (const [place, epoch] of epochs.entries()) {
    if (place > 0 && place >= from.fold.cursors.length) earlier.push(fold.save());
    if (earlier.length > KEPT_EARLIER) earlier.shift();
    takeEpoch(fold, { reader, epoch, isOver: isDecided });
    if (isDecided()) break;
  }
  const saved = { ...from, fold: fold.save(), earlier };
  return { fold, saved };
}

interface EpochReading {
  readonly reader: Following['reader'];
  readonly epoch: FollowedEpoch;
  isOver(): boolean;
}

function takeEpoch(fold: InstanceFold, { reader, epoch, isOver }: EpochReading): void {
  const range = { epoch, after: fold.through(epoch.epoch) };
  if (range.after > 0 && epoch.through <= range.after) return;
  fold.enter({ epoch: epoch.epoch, boot: bootOf(epoch) }, reader.nacks(range));
  for (const record of reader.records(range)) {
    fold.add(epoch.epoch, record);
    if (isOver()) return;
  }
  fold.passed(epoch.epoch, epoch.through);
}

function bootOf({ bootId, epoch }: FollowedEpoch): string {
  return bootId ?? epoch;
}
