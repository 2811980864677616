/** What ingest asks of a logger; pino is one. */
export interface IngestLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}
