/** The agent's error for what it cannot begin or go on with. */

/**
 * - `usage`: the command's arguments
 * - `config_unreadable`, `config_invalid`: the configuration file
 * - `state_of_other_run`: the state folder belongs to another run
 */
export type AgentErrorCode = 'usage' | 'config_unreadable' | 'config_invalid' | 'state_of_other_run';

export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, detail: string, options: { readonly cause?: unknown } = {}) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
  }
}
