/** The page at `/`: what this is and where its API is. Needs no token and shows nothing that would need one. */

export function landingPage(version: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ptp-tester controller</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem } code { background: #8882; padding: .1em .3em }</style>
<h1>ptp-tester</h1>
<p>This is a ptp-tester controller, version ${version}. It finds out whether, and how well, EC2 instances keep time with the ENA PTP hardware clock.</p>
<p>Its API is at <code>/api/v1</code> and wants the operators' token, which lies in the file <code>operator.token</code> of the controller's data directory:</p>
<pre>curl -H "Authorization: Bearer $(cat ptp-tester-data/operator.token)" THIS_ADDRESS/api/v1/runs</pre>
<ul>
<li><a href="openapi.json"><code>/openapi.json</code></a> describes every request and reply (no token)</li>
<li><a href="healthz"><code>/healthz</code></a> says whether samples can be stored (no token)</li>
<li><code>/metrics</code> for Prometheus (token)</li>
</ul>
</html>
`;
}
