/** Explains an error: what it means for the reader first, technical details on demand. */
import type { ReactNode } from 'react';
import { CopyButton } from '../shared/copy-button.tsx';
import type { GatewayError } from '../shared/gateway.ts';
import { formatAge, useNow } from '../shared/time.ts';

const MESSAGES: Readonly<Record<string, string>> = {
  FORBIDDEN: 'This requires a token with another role.',
  NOT_FOUND: 'This cloud does not offer it.',
  RATE_LIMITED: 'Too many requests. Try again in a moment.',
  SERVICE_UNAVAILABLE: 'The gateway is overloaded. Try again in a moment.',
  UPSTREAM_UNAVAILABLE: 'The Image service of this region can’t be reached. Other regions may work.',
  UPSTREAM_TIMEOUT: 'The Image service of this region takes too long to respond.',
  UPSTREAM_ERROR: 'The Image service failed. The cloud’s operator finds the cause by the request id.',
  UPSTREAM_INVALID_RESPONSE:
    'The endpoint does not respond as an Image service. The gateway’s operator should check its configuration.',
  REGION_NOT_FOUND: 'The token has no access to this region.',
  STALE: 'The Image service does not respond now.',
  NO_CONNECTION: 'The gateway can’t be reached. Check the network, or whether it is running.',
};
const IDENTITY_MESSAGES: Readonly<Record<string, string>> = {
  UPSTREAM_UNAVAILABLE: 'The Identity service (Keystone) can’t be reached, so no token can be checked.',
  UPSTREAM_TIMEOUT: 'The Identity service (Keystone) takes too long to respond, so no token can be checked.',
  UPSTREAM_ERROR: 'The Identity service (Keystone) failed, so no token can be checked.',
  UPSTREAM_INVALID_RESPONSE:
    'OS_AUTH_URL does not respond as an Identity service. The gateway’s operator should check its configuration.',
};

/** Codes that describe the cloud or the token: nothing has failed, and trying again does not help. */
const NOT_FAILURES = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'STALE', 'REGION_NOT_FOUND']);

function explain({ extensions: { code, service } }: GatewayError): string {
  const messages = service === 'identity' ? IDENTITY_MESSAGES : MESSAGES;
  return (
    messages[code] ?? MESSAGES[code] ?? 'Something failed. The gateway’s operator finds the cause by the request id.'
  );
}

export interface ProblemProps {
  readonly error: GatewayError;
  /** Replaces the explanation of the error's code. */
  readonly children?: ReactNode;
  readonly title?: string;
  /** Of the title's heading: 2 for the whole page, 3 for a region. */
  readonly level?: 2 | 3;
  readonly onRetry?: () => void;
}

export function Problem({ error, children, title, level = 3, onRetry }: ProblemProps) {
  const Heading = `h${level}` as const;
  const isFailure = !NOT_FAILURES.has(error.extensions.code);
  return (
    <div className={isFailure ? 'problem failure' : 'problem'} role={isFailure ? 'alert' : 'note'}>
      {title !== undefined && <Heading>{title}</Heading>}
      {children ?? <p>{explain(error)}</p>}
      <div className="problem-actions">
        {isFailure && onRetry !== undefined && (
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        )}
        <Details error={error} />
      </div>
    </div>
  );
}

export interface StaleNoticeProps {
  readonly error: GatewayError;
  readonly receivedAt: number;
}

/** For results that are earlier ones, because the call failed. */
export function StaleNotice({ error, receivedAt }: StaleNoticeProps) {
  const age = useNow(10_000) - receivedAt;
  return (
    <div className="problem stale" role="note">
      <p>
        {explain(error)} Last results: {formatAge(age)}.
      </p>
      <div className="problem-actions">
        <Details error={error} />
      </div>
    </div>
  );
}

function Details({ error: { message, extensions } }: { readonly error: GatewayError }) {
  const { code, service, requestId } = extensions;
  const facts = { Code: code, Service: service, 'Request id': requestId, Message: message };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return (
    <details>
      <summary>Technical details</summary>
      <dl className="facts">
        {known.map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <CopyButton text={() => known.map(([name, value]) => `${name}: ${value}`).join('\n')}>Copy details</CopyButton>
    </details>
  );
}
