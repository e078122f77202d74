/** Why an endpoint can't be connected to: names, ports, TLS. Names addresses, so it is for operators alone. */
import { connect } from 'node:tls';
import type { Config } from '../config/config.ts';
import { causeOf, isNoTls, isOverridden, type Outcome, orFile, settingOf } from './check-call.ts';
import { proxyAdvice, proxyOf, type UsedProxy } from './check-proxy.ts';

/** The probe of whether a port speaks TLS, in milliseconds. */
const PROBE_TIMEOUT_MS = 2000;

const UNKNOWN_CA = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** A sentence that names the cause and the remedy. */
export async function connectionAdvice(outcome: Outcome, config: Config): Promise<string> {
  const { origin } = outcome.endpoint;
  const setting = settingOf(outcome, config);
  const { code, message } = causeOf(outcome);
  const proxy = proxyOf(outcome.endpoint, config);
  const ofProxy = proxy && proxyAdvice(outcome, proxy);
  if (ofProxy !== null) return ofProxy;
  const owner = certificateOwner(origin, proxy);
  if (UNKNOWN_CA.includes(code)) {
    return `The certificate of ${owner} is signed by an unknown CA: set OS_CACERT to the file of the CA's certificate`;
  }
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${owner} has expired: renew it`;
    case 'CERT_NOT_YET_VALID':
      return `The certificate of ${owner} is not valid yet: compare the clocks of both machines`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const names = namesOf(outcome.error?.cause);
      return `The certificate of ${owner} has the wrong name (${names}): use one of its names in ${setting}`;
    }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name in ${origin} can't be resolved: is it right in ${setting}?${interfaceHint(outcome, config)}`;
    case 'ECONNREFUSED':
      return `Nothing listens at ${origin}: is it right in ${setting}, and is it up?${interfaceHint(outcome, config)}`;
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${origin} can't be reached from here: is it right in ${setting}, and does no firewall drop the connection?${interfaceHint(outcome, config)}`;
  }
  if (origin.startsWith('https:') && isNoTls(message)) {
    return `${origin} does not speak TLS: change https to http in ${setting}`;
  }
  const tls = await tlsAdvice(outcome, config);
  if (tls !== null) return tls;
  const detail = code === '' ? '' : ` (${code})`;
  return `The connection to ${origin} failed${detail}: is it right in ${setting}?${interfaceHint(outcome, config)}`;
}

/**
 * What to do about plain http to a port that speaks TLS; null for others, and behind a proxy. Servers respond to it with a reset, a TLS
 * alert, which is not valid HTTP, a redirect or a 400.
 */
export async function tlsAdvice(outcome: Outcome, config: Config): Promise<string | null> {
  const { endpoint } = outcome;
  const { origin } = endpoint;
  if (!origin.startsWith('http:') || proxyOf(endpoint, config) !== null) return null;
  if (!(await speaksTls(new URL(origin)))) return null;
  return `${origin} speaks TLS: change http to https in ${settingOf(outcome, config)}`;
}

/** An https proxy has a certificate of its own. Which of the two is wrong is not known. */
function certificateOwner(origin: string, proxy: UsedProxy | null): string {
  if (proxy === null || proxy.origin.startsWith('http:')) return origin;
  return origin.startsWith('http:') ? `the proxy ${proxy.origin}` : `${origin}, or of the proxy ${proxy.origin},`;
}

function speaksTls({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    // Only the handshake counts; nothing is sent.
    const options = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), rejectUnauthorized: false };
    const socket = connect(options, () => settle(true));
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => settle(false));
    socket.on('error', () => settle(false));
  });
}

function interfaceHint({ region }: Outcome, config: Config): string {
  const { cloud } = config;
  if (cloud.kind !== 'catalog' || region === '-' || isOverridden(region, config)) return '';
  return ` Is ${orFile('OS_INTERFACE', config)} (${cloud.interfaces.join(', ')}) the right one for this network?`;
}

function namesOf(cause: unknown): string {
  const cert = cause instanceof Error && 'cert' in cause ? cause.cert : null;
  const names = typeof cert === 'object' && cert !== null && 'subjectaltname' in cert ? cert.subjectaltname : null;
  return typeof names === 'string' ? names : 'it names no host';
}
