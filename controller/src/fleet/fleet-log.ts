/** What the fleet logs to: the part of a pino logger that it uses. Fields never hold parameters or secrets. */
export interface FleetLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
