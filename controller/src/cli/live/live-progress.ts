/** Shows a run's progress until it has ended: a live table on a terminal, plain lines or JSON lines otherwise. */
import type { CliContext } from '../cli-context.ts';
import { LinePace } from './line-pace.ts';
import { LiveScreen, sizeOf } from './live-screen.ts';
import { type LiveView, renderLiveView } from './live-table.ts';
import { changedLines, type InstanceProgress, type RunProgress } from './progress.ts';

export interface ProgressOutput {
  readonly stream: NodeJS.WriteStream;
  readonly json: boolean;
  /** For the table. */
  readonly terminal: CliContext['terminal'] & { readonly view: () => LiveView };
}

export interface LiveProgress {
  show(progress: RunProgress): void;
  /** Leaves the last state on the screen. */
  done(): void;
}

/** A table on a terminal; otherwise a line for each change, or a JSON object a line. */
export function createLiveProgress(output: ProgressOutput): LiveProgress {
  if (output.json) return jsonLines(output.stream);
  return output.terminal.redraws ? redrawnTable(output) : plainLines(output.stream);
}

function redrawnTable({ stream, terminal: { view, colors, atExit } }: ProgressOutput): LiveProgress {
  const screen = new LiveScreen(stream, { atExit });
  let last: LiveView | null = null;
  return {
    show() {
      const current = view();
      last = current;
      screen.show((size) => renderLiveView(current, { ...size, colors }));
    },
    done() {
      const { columns, rows } = sizeOf(stream);
      screen.close(last === null ? [] : renderLiveView({ ...last, hint: '' }, { columns, rows: rows - 1, colors }));
      last = null;
    },
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
  const pace = new LinePace();
  return {
    show({ run, instances, now }) {
      const state = {
        run: run.id,
        state: run.state,
        outcome: run.outcome,
        soak_ends_at: run.soakEndsAt,
        pause: run.pause ?? null,
        instances: instances.map(jsonOf),
      };
      const happened = [{ ...state, instances: [] }, instances.map(happenedTo)];
      if (pace.isDue({ state, happened, now }))
        stream.write(`${JSON.stringify({ type: 'progress', at: now, ...state })}\n`);
    },
    done() {},
  };
}

/** What plain lines tell too. */
function happenedTo({ instanceId, state, connected, samplesStored, phcOffsetNs, failure }: InstanceProgress) {
  return [instanceId, state, connected, samplesStored > 0, phcOffsetNs !== null, failure];
}

function jsonOf(instance: InstanceProgress) {
  const { index, name, type, instanceId, state, connected, samplesStored, phcOffsetNs, simulated, failure } = instance;
  return {
    index,
    name,
    instance_type: type,
    instance_id: instanceId,
    state,
    connected,
    samples_stored: samplesStored,
    phc_offset_ns: phcOffsetNs,
    simulated,
    failure,
  };
}
