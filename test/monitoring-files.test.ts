/** The files for Prometheus and Grafana name metrics that exist, and the tools of Prometheus accept them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'deploy/monitoring');
const SUFFIXES = /_(bucket|count|sum)$/;

/** Every metric that the sources declare, by its literal name. */
function declaredMetrics(): ReadonlySet<string> {
  const sources = ['instance-metrics.ts', 'meter.ts', 'render-metrics.ts'].map((name) =>
    readFileSync(join(root, 'controller/src/metrics', name), 'utf8'),
  );
  return new Set(sources.join('\n').match(/(?<=')ptp_tester_[a-z0-9_]+(?=')/g));
}

function namedMetrics(file: string): readonly string[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return [...new Set(text.match(/ptp_tester_[a-z0-9_]+/g))].map((name) => name.replace(SUFFIXES, ''));
}

describe('files for Prometheus and Grafana', () => {
  it.each(['alerts.yml', 'alerts.test.yml', 'grafana-dashboard.json'])(
    '%s names only metrics that there are',
    (file) => {
      const declared = declaredMetrics();
      const named = namedMetrics(file);
      expect(named.length).toBeGreaterThan(10);
      expect(named.filter((name) => !declared.has(name))).toEqual([]);
    },
  );

  it('every alert has a test in which it fires', () => {
    const alerts = readFileSync(join(folder, 'alerts.yml'), 'utf8').match(/(?<=- alert: )\w+/g) ?? [];
    const tests = readFileSync(join(folder, 'alerts.test.yml'), 'utf8');
    expect(alerts.length).toBeGreaterThan(10);
    expect(alerts.filter((name) => !tests.includes(`"${name}"`) && !tests.includes(`alertname: ${name}`))).toEqual([]);
  });

  it('promtool accepts the alerts, their tests and the example configuration', ({ skip }) => {
    try {
      execFileSync('promtool', ['--version']);
    } catch {
      skip('promtool is not installed (Debian package prometheus)');
    }
    const promtool = (...args: string[]) =>
      execFileSync('promtool', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    expect(promtool('check', 'rules', 'alerts.yml')).toContain('SUCCESS: 14 rules found');
    expect(promtool('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
    expect(promtool('check', 'config', '--syntax-only', 'prometheus.yml')).toContain('SUCCESS');
  });

  it('the dashboard is JSON whose panels do not lie on each other', () => {
    const { panels } = JSON.parse(readFileSync(join(folder, 'grafana-dashboard.json'), 'utf8'));
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }: { gridPos: Record<'x' | 'y' | 'w' | 'h', number> }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(panels.length).toBeGreaterThan(15);
    expect(new Set(cells).size).toBe(cells.length);
  });
});
