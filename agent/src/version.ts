/** The agent's version; a test keeps it equal to package.json, which is not part of the bundle. */
export const AGENT_VERSION = '0.1.0';
