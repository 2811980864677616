// What keeps instances from running as namespaces, and what to do about it.

/** Instances cannot be run as namespaces on this machine, or a part of it failed. */
export class IsolationError extends Error {
  readonly code: 'not_linux' | 'not_root' | 'missing_tool' | 'no_network' | 'work_folder' | 'namespace_failed';

  constructor(code: IsolationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IsolationError';
    this.code = code;
  }
}
