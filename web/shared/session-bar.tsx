/** Signing in with a token, and who is signed in. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { Access, AccessState } from './access.ts';
import { isToken } from './session.ts';
import { formatDuration, useNow } from './time.ts';

export interface SessionBarProps {
  readonly token: string;
  readonly access: AccessState;
  readonly onToken: (token: string) => void;
}

export function SessionBar({ token, access: { response, isFetching }, onToken }: SessionBarProps) {
  const [isChanging, setChanging] = useState(false);
  const isRejected = response?.errors[0]?.extensions.code === 'UNAUTHENTICATED';
  const access = response?.data?.imageAccess ?? null;
  const isSignedIn = token !== '' && !isRejected;
  const change = (next: string) => {
    setChanging(false);
    onToken(next);
  };
  if (!isSignedIn || isChanging) {
    return <TokenForm onToken={change} onCancel={isSignedIn ? () => setChanging(false) : null} />;
  }
  return (
    <section className="session" aria-label="Session">
      <p className="who" role="status">
        {response === null && isFetching ? 'Checking the token …' : <Who access={access} />}
      </p>
      {access?.expiresAt != null && <Expiry time={Date.parse(access.expiresAt)} />}
      <button type="button" className="quiet" onClick={() => setChanging(true)}>
        Change token
      </button>
      <button type="button" className="quiet" onClick={() => change('')}>
        Sign out
      </button>
    </section>
  );
}

const SCOPES = { DOMAIN: 'a domain', SYSTEM: 'the system', UNSCOPED: 'no scope', UNKNOWN: 'an unknown scope' };

function Who({ access }: { readonly access: Access | null }) {
  if (access === null) return <>A token is in use</>;
  const { scope, projectName, projectId, roles } = access;
  const name = scope === 'PROJECT' ? (projectName ?? projectId) : SCOPES[scope];
  return (
    <>
      <span className="hidden">Signed in to {scope === 'PROJECT' && 'project '}</span>
      <strong title={projectId ?? undefined}>{name}</strong>
      {roles != null && roles.length > 0 && <span className="roles"> {roles.join(', ')}</span>}
    </>
  );
}

function Expiry({ time }: { readonly time: number }) {
  const left = time - useNow(15_000);
  const isSoon = left < 5 * 60_000;
  return (
    <p className={isSoon ? 'expiry soon' : 'expiry'} title={new Date(time).toLocaleString()}>
      {left > 0 ? `expires in ${formatDuration(left)}` : 'has expired'}
    </p>
  );
}

interface TokenFormProps {
  readonly onToken: (token: string) => void;
  /** Null when there is nothing to return to. */
  readonly onCancel: (() => void) | null;
}

function TokenForm({ onToken, onCancel }: TokenFormProps) {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const trimmed = text.trim();
  const isValid = trimmed === '' || isToken(trimmed);
  useEffect(() => {
    if (onCancel !== null) input.current?.focus();
  }, [onCancel]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isToken(trimmed)) onToken(trimmed);
    else input.current?.focus();
  };
  return (
    <form className="session" onSubmit={submit} aria-label="Sign in">
      <label htmlFor="token">Keystone token</label>
      <input
        ref={input}
        id="token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key }) => key === 'Escape' && onCancel?.()}
        aria-invalid={!isValid}
        aria-describedby="token-error"
      />
      <button type="submit">Sign in</button>
      {onCancel !== null && (
        <button type="button" className="quiet" onClick={onCancel}>
          Cancel
        </button>
      )}
      <p id="token-error" role="alert" className="field-error">
        {isValid ? '' : 'A token consists of at most 8192 ASCII characters without blanks.'}
      </p>
    </form>
  );
}
