/** What every detector gives: a fact in the data with a place in time, a size and how sure it is. */

export interface DetectedEvent {
  /** Monotonic time, on the clock of the samples: the first sample that shows it. */
  readonly timeNs: number;
  /** The last sample before it: what happened, happened between the two. */
  readonly afterNs: number;
  /** In the unit of the kind: ns, ppb for a frequency jump. Signs as for offsets. */
  readonly size: number;
  /** Half-width: the true size lies within size +- uncertainty. */
  readonly uncertainty: number;
}

/** An event between two samples, which are named by their rows. */
export interface RowEvent extends DetectedEvent {
  /** The sample at `timeNs`. */
  readonly row: number;
  /** The sample at `afterNs`. */
  readonly rowBefore: number;
}
