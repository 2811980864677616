/** The one error of this package: data or an argument that no honest statistic can be made of. */

export type ClockstatsErrorCode =
  | 'time_not_increasing'
  | 'columns_differ'
  | 'histograms_differ'
  | 'bad_argument'
  | 'bad_mask';

/** Where in the data the fault is. */
export interface Place {
  readonly boot: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly row: number;
  readonly monoRawNs: bigint;
}

export class ClockstatsError extends Error {
  readonly code: ClockstatsErrorCode;
  readonly places: readonly Place[];

  constructor(code: ClockstatsErrorCode, message: string, places: readonly Place[] = []) {
    super([message, ...places.map(describe)].join('; '));
    this.name = 'ClockstatsError';
    this.code = code;
    this.places = places;
  }
}

function describe(place: Place): string {
  return `boot ${place.boot}, epoch ${place.epoch}, record ${place.sequence}, row ${place.row}: mono_raw ${place.monoRawNs} ns`;
}
