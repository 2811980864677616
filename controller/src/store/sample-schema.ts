/** The tables of a run's sample database, as migrations by `PRAGMA user_version`. A migration that was released never changes. */

/** "PTPS": says whose file it is. */
export const SAMPLE_APPLICATION_ID = 0x50545053;

/**
 * 1: `records` is a heap in order of arrival under the index of its identity, so that committing costs few pages. The newest batches
 * of a series have their summaries in `summaries`, one row each; 64 of them at a time move to a row of `summary_pages`, so that a
 * commit touches few database pages and an overview reads few rows. Both heaps only grow at their ends. Instants are ns since 1970 UTC.
 */
const first = `
CREATE TABLE epochs (
  id INTEGER PRIMARY KEY,
  instance TEXT NOT NULL,
  epoch TEXT NOT NULL,
  boot_id TEXT,
  through INTEGER NOT NULL,
  first_received_at INTEGER NOT NULL,
  UNIQUE (instance, epoch)
) STRICT;
CREATE TABLE records (
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (epoch, sequence)
) STRICT;
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  instance TEXT NOT NULL,
  stream TEXT NOT NULL,
  key TEXT NOT NULL,
  summary_version INTEGER NOT NULL,
  records INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  missed_ticks INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  interval_ns INTEGER NOT NULL,
  UNIQUE (instance, stream, key, summary_version)
) STRICT;
CREATE TABLE summaries (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  packed BLOB NOT NULL
) STRICT;
CREATE INDEX summaries_of_series ON summaries (series);
CREATE TABLE summary_pages (
  series INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  batches BLOB NOT NULL,
  packed BLOB NOT NULL,
  PRIMARY KEY (series, from_at, epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE events (
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  event TEXT NOT NULL,
  at INTEGER NOT NULL,
  mono_raw_ns INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE gaps (
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  lost_events INTEGER NOT NULL,
  PRIMARY KEY (epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE losses (
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  position INTEGER NOT NULL,
  stream TEXT NOT NULL,
  key TEXT NOT NULL,
  samples INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  from_mono_raw_ns INTEGER NOT NULL,
  to_mono_raw_ns INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (epoch, sequence, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE nacks (
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE skips (
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (epoch, sequence)
) STRICT, WITHOUT ROWID;
`;

/** 2: new summary pages are compressed: `batches` holds the closed page (summary-page.ts), `packed` is empty. Older pages stay as they are. */
const compressedPages = '';

/** 3: the newest events of a run, some kinds only, without reading a million others. */
const eventsByTime = 'CREATE INDEX events_by_at ON events (at, event);';

export const SAMPLE_MIGRATIONS: readonly string[] = [first, compressedPages, eventsByTime];
