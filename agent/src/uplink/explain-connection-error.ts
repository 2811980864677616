/** Why no connection came about, with what to do where the controller's certificate is the reason (pure). */

/** Codes of node:tls, named after OpenSSL's X509_V_ERR_* (verify(1ssl), "Diagnostics"). */
const REMEDIES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED:
    "the controller's certificate has expired, or this machine's clock is ahead: renew the one or set the other",
  CERT_NOT_YET_VALID: "the controller's certificate is not valid yet: this machine's clock is behind",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the controller's certificate is for another name: start the controller with the --public-url that agents use",
};
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);
const UNTRUSTED_REMEDY =
  "the controller's certificate is not of the authority that this instance was given: another machine answers there, or the controller lost its data directory";

export function explainConnectionError(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  const remedy = UNTRUSTED.has(code) ? UNTRUSTED_REMEDY : REMEDIES[code];
  return remedy === undefined ? error.message : `${error.message} (${code}): ${remedy}`;
}
