/** Shows a run's progress until it has ended: a table that redraws on a terminal, plain lines or JSON lines otherwise. */
import { createLogUpdate } from 'log-update';
import { changedLines, type InstanceProgress, type RunProgress, renderTable } from './progress.ts';

export interface ProgressOutput {
  readonly stream: NodeJS.WriteStream;
  readonly json: boolean;
}

export interface LiveProgress {
  show(progress: RunProgress): void;
  /** Leaves the last state on the screen. */
  done(): void;
}

/** A table on a terminal; otherwise a line for each change, or a JSON object a line. */
export function createLiveProgress({ stream, json }: ProgressOutput): LiveProgress {
  if (json) return jsonLines(stream);
  return stream.isTTY ? redrawnTable(stream) : plainLines(stream);
}

function redrawnTable(stream: NodeJS.WriteStream): LiveProgress {
  const update = createLogUpdate(stream);
  return {
    show: (progress) => update(renderTable(progress, stream.columns ?? 100)),
    done: () => update.done(),
  };
}

function plainLines(stream: NodeJS.WriteStream): LiveProgress {
  let before: RunProgress | null = null;
  return {
    show(progress) {
      for (const line of changedLines(before, progress)) stream.write(`${line}\n`);
      before = progress;
    },
    done() {},
  };
}

function jsonLines(stream: NodeJS.WriteStream): LiveProgress {
  let before = '';
  return {
    show(progress) {
      const { run, instances } = progress;
      const state = {
        run: run.id,
        state: run.state,
        outcome: run.outcome,
        soak_ends_at: run.soakEndsAt,
        pause: run.pause ?? null,
        instances: instances.map(jsonOf),
      };
      const text = JSON.stringify(state);
      if (text !== before) stream.write(`${JSON.stringify({ type: 'progress', at: progress.now, ...state })}\n`);
      before = text;
    },
    done() {},
  };
}

function jsonOf(instance: InstanceProgress) {
  const { index, type, instanceId, state, connected, samplesStored, phcOffsetNs, simulated, failure } = instance;
  return {
    index,
    type,
    instance_id: instanceId,
    state,
    connected,
    samples_stored: samplesStored,
    phc_offset_ns: phcOffsetNs,
    simulated,
    failure,
  };
}
