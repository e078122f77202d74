/** Signing in with a token, and who is signed in. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
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
  const changeButton = useRef<HTMLButtonElement>(null);
  const cancel = () => {
    flushSync(() => setChanging(false));
    changeButton.current?.focus();
  };
  const change = (next: string) => {
    setChanging(false);
    onToken(next);
  };
  if (!isSignedIn || isChanging) {
    return <TokenForm onToken={change} onCancel={isSignedIn ? cancel : null} />;
  }
  return (
    <section className="session" aria-label="Session">
      <p className="who" role="status">
        {response === null && isFetching ? 'Checking the token …' : <Who access={access} />}
      </p>
      {access?.expiresAt != null && <Expiry time={Date.parse(access.expiresAt)} />}
      <div className="actions">
        <button ref={changeButton} type="button" className="quiet" onClick={() => setChanging(true)}>
          Change token
        </button>
        <button type="button" className="quiet" onClick={() => change('')}>
          Sign out
        </button>
      </div>
    </section>
  );
}

const SCOPES = {
  DOMAIN: 'Domain token',
  SYSTEM: 'System token',
  UNSCOPED: 'Unscoped token',
  UNKNOWN: 'A token is in use',
};

function Who({ access }: { readonly access: Access | null }) {
  if (access === null) return <>A token is in use</>;
  const { scope, projectName, projectId, roles } = access;
  return (
    <>
      {scope === 'PROJECT' ? (
        <>
          Project <strong title={`${projectName} ${projectId}`}>{projectName ?? projectId}</strong>
        </>
      ) : (
        SCOPES[scope]
      )}
      {roles != null && roles.length > 0 && <span title={roles.join(', ')}> as {roles.join(', ')}</span>}
    </>
  );
}

function Expiry({ time }: { readonly time: number }) {
  const [isLastMinutes, setLastMinutes] = useState(false);
  const left = time - useNow(isLastMinutes ? 1000 : 15_000);
  const isSoon = left < 5 * 60_000;
  if (isSoon !== isLastMinutes) setLastMinutes(isSoon);
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
  const isChange = onCancel !== null;
  useEffect(() => {
    if (isChange) input.current?.focus();
  }, [isChange]);
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
