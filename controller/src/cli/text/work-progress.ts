/** How far long work is, on stderr: one line that is rewritten on a terminal, elsewhere a line now and then. */

/** Short work says nothing where lines stay. */
const PLAIN_EVERY_MS = 5000;

export interface WorkProgress {
  show(text: string): void;
  /** Takes the line away. */
  done(): void;
}

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** `now`: milliseconds. */
export function createWorkProgress(stream: Output, now: () => number): WorkProgress {
  return stream.isTTY ? rewritten(stream) : nowAndThen(stream, now);
}

function rewritten(stream: Output): WorkProgress {
  let isShown = false;
  return {
    show(text) {
      stream.write(`\r\u001b[K${text.slice(0, widthOf(stream) - 1)}`);
      isShown = true;
    },
    done() {
      if (isShown) stream.write('\r\u001b[K');
      isShown = false;
    },
  };
}

/** Some terminals say 0. */
function widthOf({ columns = 0 }: Output): number {
  return columns > 0 ? columns : 80;
}

function nowAndThen(stream: Output, now: () => number): WorkProgress {
  let shownAt = now();
  return {
    show(text) {
      if (now() - shownAt < PLAIN_EVERY_MS) return;
      shownAt = now();
      stream.write(`${text}\n`);
    },
    done() {},
  };
}

/** `instance 12 of 100 analysed`. */
export function analysisProgressText({ done, total }: { readonly done: number; readonly total: number }): string {
  return `report: ${done} of ${total} instances analysed`;
}
