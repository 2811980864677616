/** The checks of `ptp-tester doctor` as text: a table on a terminal, plain lines otherwise (pure). */
import Table from 'cli-table3';
import type { Check, CheckResult } from '../../fleet/doctor/check.ts';

const WORDS: Readonly<Record<CheckResult, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  failed: 'FAILED',
  skipped: 'skipped',
};
const NAME_WIDTH = 40;
const RESULT_WIDTH = 9;
const BORDERS = 4;

function nameOf({ check, subject }: Check): string {
  return subject === null ? check : `${check} ${subject}`;
}

/** Checks of one kind with the same words become one, which names all their subjects; of what was skipped, of any kind. */
function merged(checks: readonly Check[]): readonly Check[] {
  const sayings = Map.groupBy(checks, ({ check, result, reason, remedy }) =>
    JSON.stringify([result === 'skipped' ? null : check, result, reason, remedy]),
  );
  return [...sayings.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined || same.length === 1) return same;
    const isOneKind = same.every(({ check }) => check === first.check);
    if (!isOneKind) return [{ ...first, check: same.map(nameOf).join(', '), subject: null }];
    const subjects = same.flatMap(({ subject }) => subject ?? []);
    return [{ ...first, subject: subjects.length === 0 ? null : subjects.join(', ') }];
  });
}

/** `width`: columns of the terminal; null for a file or a pipe. */
export function renderChecks(checks: readonly Check[], width: number | null): string {
  const shown = merged(checks);
  return width === null ? shown.map(plainLine).join('') : `${table(shown, width)}\n`;
}

function plainLine(check: Check): string {
  const remedy = check.remedy === null ? '' : `; ${check.remedy}`;
  return `${WORDS[check.result].padEnd(RESULT_WIDTH)}${nameOf(check)}: ${check.reason}${remedy}\n`;
}

function table(checks: readonly Check[], width: number): string {
  const rest = Math.max(30, width - NAME_WIDTH - RESULT_WIDTH - BORDERS);
  const rows = new Table({
    colWidths: [RESULT_WIDTH + 2, NAME_WIDTH, rest - 2],
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], compact: true },
  });
  for (const check of checks) {
    const remedy = check.remedy === null ? '' : `\n-> ${check.remedy}`;
    rows.push([WORDS[check.result], nameOf(check), `${check.reason}${remedy}`]);
  }
  return rows.toString();
}

/** One line: how many of each. */
export function doctorSummary(checks: readonly Check[]): string {
  const count = (result: CheckResult) => checks.filter((check) => check.result === result).length;
  const verdict = count('failed') > 0 ? 'a run would not work as it stands' : 'nothing speaks against a run';
  const numbers = `${count('ok')} ok, ${count('warning')} ${count('warning') === 1 ? 'warning' : 'warnings'}, ${count('failed')} failed, ${count('skipped')} skipped`;
  return `\n${verdict}: ${numbers}\n`;
}
