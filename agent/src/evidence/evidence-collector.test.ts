import type { JsonValue } from '@ptp-tester/measurement';
import type { Plan } from '@ptp-tester/wire';
import { describe, expect, it } from 'vitest';
import type { EvidenceOrder } from './collect-evidence.ts';
import { EvidenceCollector } from './evidence-collector.ts';
import { evidenceParts } from './evidence-part.ts';

const PLAN: Plan = {
  generation: 1,
  phase: 'measure',
  sources: {},
  batch: { max_samples: 60, max_age_ms: 1000 },
  spool_max_bytes: 1 << 20,
};

function madeCollector() {
  const done: string[] = [];
  const collector = new EvidenceCollector({
    machine: {
      async *collectEvidence({ when }: EvidenceOrder) {
        await null;
        yield { name: when, text: `delivered meanwhile: ${!collector.isCollecting}` };
      },
    },
    record: (event, { name, text }: { readonly [key: string]: JsonValue }) => done.push(`${event} ${name} ${text}`),
    isOver: () => false,
  });
  const apply = () => {
    done.push('applied');
    return Promise.resolve();
  };
  return { collector, done, apply };
}

describe('evidence', () => {
  it('is collected after measuring began and after it ended, and holds the end back', async () => {
    const { collector, done, apply } = madeCollector();
    await collector.around({ ...PLAN, evidence: true }, apply);
    await collector.around({ ...PLAN, generation: 2, phase: 'finish', evidence: true }, apply);
    expect(done).toEqual([
      'applied',
      'evidence_collected at_start delivered meanwhile: true',
      'applied',
      'evidence_collected at_end delivered meanwhile: false',
    ]);
    expect(collector.isCollecting).toBe(false);
  });

  it('is not collected unless the plan asks for it', async () => {
    const { collector, done, apply } = madeCollector();
    await collector.around(PLAN, apply);
    expect(done).toEqual(['applied']);
  });

  it('comes in parts that fit into a record, and a text that is too long says that it was cut', () => {
    expect(evidenceParts('a', '')).toEqual([{ name: 'a', text: '' }]);
    const parts = evidenceParts('a', '\u0001'.repeat(100_000));
    expect(parts.map(({ name }) => name)).toEqual(['a (1 of 4)', 'a (2 of 4)', 'a (3 of 4)', 'a (4 of 4)']);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(60_000);
    expect(parts.at(-1)?.text).toMatch(/\[cut\]$/);
  });
});
