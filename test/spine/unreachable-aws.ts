/** What a controller is started with where no AWS takes part: its endpoints cannot be reached, which never reads as "gone". */
export function unreachableAws(home: string, closedPort: number): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_EC2: `http://127.0.0.1:${closedPort}`,
    AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${closedPort}`,
    PTP_TESTER_LOG: 'error',
  };
}
