/** The one error of the API: a status, a code and a text for the caller, and the parameter it is about. */

export type ApiErrorCode =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden_host'
  | 'forbidden_origin'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'too_many_failures'
  | 'unavailable'
  | 'internal';

const STATUS: Readonly<Record<ApiErrorCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden_host: 403,
  forbidden_origin: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  too_many_failures: 429,
  unavailable: 503,
  internal: 500,
};

export interface ApiProblem {
  readonly field: string;
  readonly reason: string;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** The parameter at fault, as the caller named it. */
  readonly field: string | null;
  /** Every fault of a configuration; null where there is just the one. */
  readonly problems: readonly ApiProblem[] | null;

  // biome-ignore lint/complexity/useMaxParams: code and text always, the others seldom; most places give two or three
  constructor(
    code: ApiErrorCode,
    message: string,
    field: string | null = null,
    problems: readonly ApiProblem[] | null = null,
  ) {
    super(message);
    this.code = code;
    this.field = field;
    this.problems = problems;
  }

  get status(): number {
    return STATUS[this.code];
  }
}
