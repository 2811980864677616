/** The report as JUnit XML for build servers: one test case for each criterion of each instance (pure). */
import { escapeHtml } from './html-text.ts';
import { nameOf } from './render-instance.ts';
import type { InstanceReport, Report } from './report-schema.ts';

/** A criterion that decides the verdict fails; one that only warns passes with its text in `system-out`; undecided ones are skipped. */
export function renderJunit(report: Report): string {
  const suites = report.results.map(renderSuite);
  const sum = (pick: (suite: Suite) => number) => suites.reduce((total, suite) => total + pick(suite), 0);
  const counts = `tests="${sum(({ tests }) => tests)}" failures="${sum(({ failures }) => failures)}" skipped="${sum(({ skipped }) => skipped)}"`;
  const name = `ptp-tester ${report.run.id}${report.simulated ? ' SIMULATED' : ''}`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${escapeHtml(name)}" ${counts}>
${suites.map(({ xml }) => xml).join('\n')}
</testsuites>
`;
}

interface Suite {
  readonly tests: number;
  readonly failures: number;
  readonly skipped: number;
  readonly xml: string;
}

interface Case {
  readonly kind: 'passed' | 'failed' | 'skipped';
  readonly xml: string;
}

function renderSuite(result: InstanceReport): Suite {
  const name = escapeHtml(nameOf(result));
  const cases = result.quality_criteria.length === 0 ? [verdictCase(result, name)] : criterionCases(result, name);
  const failures = cases.filter(({ kind }) => kind === 'failed').length;
  const skipped = cases.filter(({ kind }) => kind === 'skipped').length;
  const head = `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" skipped="${skipped}" timestamp="${escapeHtml(result.timestamp.slice(0, 19))}">`;
  const facts = [
    ['instance_type', result.instance_type],
    ['simulated', String(result.simulated)],
    ['agent_version', result.agent_version ?? ''],
  ].map(([key = '', value = '']) => `      <property name="${key}" value="${escapeHtml(value)}"/>`);
  const properties = `    <properties>\n${facts.join('\n')}\n    </properties>`;
  const xml = [head, properties, ...cases.map((one) => one.xml), '  </testsuite>'].join('\n');
  return { tests: cases.length, failures, skipped, xml };
}

/** An instance without criteria still shows: it was not tested, or it failed before. */
function verdictCase({ verdict }: InstanceReport, suite: string): Case {
  const { value, reason } = verdict.quality;
  return makeCase({ suite, name: 'quality', kind: value === 'fail' ? 'failed' : 'skipped', text: reason });
}

function criterionCases({ quality_criteria }: InstanceReport, suite: string): Case[] {
  return quality_criteria.map(({ name, key, status, consequence, reason }) => {
    const full = key === '' ? name : `${name} ${key}`;
    if (status === 'fail') {
      return makeCase({ suite, name: full, kind: consequence === 'fail' ? 'failed' : 'passed', text: reason });
    }
    return makeCase({ suite, name: full, kind: status === 'pass' ? 'passed' : 'skipped', text: reason });
  });
}

function makeCase({
  suite,
  name,
  kind,
  text,
}: {
  suite: string;
  name: string;
  kind: Case['kind'];
  text: string;
}): Case {
  const said = escapeHtml(text);
  const inner = {
    passed: `<system-out>${said}</system-out>`,
    failed: `<failure message="${said}"/>`,
    skipped: `<skipped message="${said}"/>`,
  }[kind];
  return { kind, xml: `    <testcase classname="${suite}" name="${escapeHtml(name)}">${inner}</testcase>` };
}
