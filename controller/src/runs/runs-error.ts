/** What can go wrong with the data directory and the control database. */
export type RunsErrorCode =
  /** Another controller holds the data directory. */
  | 'data_directory_in_use'
  /** A file of the data directory cannot be made, read or written. */
  | 'data_directory_unusable'
  /** The file is a database of something else. */
  | 'not_a_control_database'
  /** The database was written by a newer version of this program. */
  | 'database_newer'
  /** The database was written by an older version of this program and is opened for reading only. */
  | 'database_older'
  /** A backup that would harm something, or of nothing. */
  | 'backup_refused'
  /** Samples that must not be removed: of a run that goes on, or of one without its final report. */
  | 'prune_refused'
  /** The samples of the run were removed, and this needs them. */
  | 'samples_removed'
  | 'run_unknown'
  | 'instance_unknown'
  /** The database holds a value this version does not understand. */
  | 'row_invalid';

export class RunsError extends Error {
  override readonly name = 'RunsError';
  readonly code: RunsErrorCode;

  constructor(code: RunsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
