/** The thread that judges runs while they soak. Between judgements it holds of each instance what is needed to go on, as bytes. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { openRecordFollower, type RecordFollower } from '../../store/follow-records.ts';
import { type InstanceStates, openInstanceStates } from '../../store/instance-states.ts';
import { StoreError } from '../../store/store-error.ts';
import { HeldInstances } from './held-instances.ts';
import { type InterimInput, type InterimJudgement, judgeRun } from './judge-run.ts';

export interface InterimRequest extends InterimInput {
  readonly samplesDatabase: string;
  /** Where instances are kept for the next start of the controller. */
  readonly statesFile: string;
  /** Runs that are still judged; what is held of others is let go. */
  readonly going: readonly string[];
}

/** A judgement without what only the report shows. */
export interface InterimVerdict extends Pick<InterimJudgement, 'quality' | 'counts' | 'passRestsOn' | 'leftToReport'> {
  readonly instances: readonly InterimInstanceVerdict[];
}

type Judged = InterimJudgement['instances'][number];
export type InterimInstanceVerdict = Pick<Judged, 'instanceId' | 'failed'> & Pick<Judged['quality'], 'value'>;

export type InterimAnswer =
  | { readonly kind: 'judged'; readonly verdict: InterimVerdict }
  | { readonly kind: 'failed'; readonly message: string };

function serve(port: MessagePort, now: () => number): void {
  const held = new Map<string, HeldInstances>();
  port.on('message', (request: InterimRequest) => {
    for (const run of held.keys()) if (!request.going.includes(run)) held.delete(run);
    const ofRun = held.get(request.run.id) ?? new HeldInstances(now);
    held.set(request.run.id, ofRun);
    port.postMessage(answerTo(request, ofRun));
  });
}

function answerTo(request: InterimRequest, held: HeldInstances): InterimAnswer {
  try {
    return { kind: 'judged', verdict: judged(request, held) };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failed', message };
  }
}

function judged(request: InterimRequest, held: HeldInstances): InterimVerdict {
  const reader = openReader(request.samplesDatabase);
  const states = openStates(request.statesFile);
  try {
    const saved = held.on(states);
    const { instances, ...verdict } = judgeRun(request, { reader, saved });
    saved.flush();
    return {
      ...verdict,
      instances: instances.map(({ instanceId, quality, failed }) => ({ instanceId, value: quality.value, failed })),
    };
  } finally {
    states.close();
    reader?.close();
  }
}

/** Without a file, as on a full disk, what is held in memory alone must do. */
function openStates(path: string): InstanceStates {
  try {
    return openInstanceStates(path);
  } catch (error) {
    if (error instanceof StoreError) return { read: () => null, write: () => undefined, close: () => undefined };
    throw error;
  }
}

/** Null: nothing has been stored yet. */
function openReader(path: string): RecordFollower | null {
  try {
    return openRecordFollower(path);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not_found') return null;
    throw error;
  }
}

if (parentPort !== null) serve(parentPort, Date.now);
