/** What is counted while it happens, since this controller started: commits of samples, calls of AWS. Everything else is looked up when it is asked for. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { AwsCall } from '../runs/run-repository.ts';

/** A group of records that is on the disk now. */
export interface CommittedGroup {
  readonly records: number;
  readonly samples: number;
  readonly bytes: number;
  /** From the arrival of its first frame until its acknowledgements could go out. */
  readonly seconds: number;
}

/** An answer within the first bucket is as fast as grouping allows; beyond the last the disk is in trouble. */
const LATENCY_BUCKETS_S = [0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

export class Meter {
  readonly #samples = new Counter({
    name: 'ptp_tester_ingest_samples_total',
    help: 'Samples stored and acknowledged',
    registers: [],
  });
  readonly #records = new Counter({
    name: 'ptp_tester_ingest_records_total',
    help: 'Records stored and acknowledged: batches, events, gap markers',
    registers: [],
  });
  readonly #bytes = new Counter({
    name: 'ptp_tester_ingest_bytes_total',
    help: 'Encoded bytes of the records that were stored',
    registers: [],
  });
  readonly #latency = new Histogram({
    name: 'ptp_tester_ingest_commit_seconds',
    help: 'From the arrival of the first frame of a group until it is on the disk and acknowledged',
    buckets: LATENCY_BUCKETS_S,
    registers: [],
  });
  readonly #awsCalls = new Counter({
    name: 'ptp_tester_aws_calls_total',
    help: 'Calls of AWS APIs; result is ok or the error code of AWS',
    labelNames: ['action', 'result'],
    registers: [],
  });

  readonly #removedRuns = new Counter({
    name: 'ptp_tester_retention_removed_runs_total',
    help: 'Ended runs whose samples were removed; reason is age, size or operator',
    labelNames: ['reason'],
    registers: [],
  });
  readonly #removedBytes = new Counter({
    name: 'ptp_tester_retention_removed_bytes_total',
    help: 'What the removed samples took on the disk',
    labelNames: ['reason'],
    registers: [],
  });

  readonly committed = ({ records, samples, bytes, seconds }: CommittedGroup): void => {
    this.#samples.inc(samples);
    this.#records.inc(records);
    this.#bytes.inc(bytes);
    this.#latency.observe(Math.max(0, seconds));
  };

  readonly called = ({ action, result }: Pick<AwsCall, 'action' | 'result'>): void => {
    this.#awsCalls.inc({ action, result });
  };

  readonly samplesRemoved = ({ bytes, reason }: { readonly bytes: number; readonly reason: string }): void => {
    this.#removedRuns.inc({ reason });
    this.#removedBytes.inc({ reason }, bytes);
  };

  addTo(registry: Registry): void {
    const stored = [this.#samples, this.#records, this.#bytes, this.#latency];
    for (const metric of [...stored, this.#awsCalls, this.#removedRuns, this.#removedBytes]) {
      registry.registerMetric(metric as unknown as Counter);
    }
  }
}
