/** The overview page: the token, the region, and a panel for each field of `Info`. */
import { type FormEvent, useMemo, useState } from 'react';
import { Provider, useQuery } from 'urql';
import { loadToken, saveToken } from '../session.ts';
import { readSettings } from '../settings.ts';
import { createClient } from './client.ts';
import { graphql } from './generated/gql.ts';
import { ImportMethods } from './import-methods.tsx';
import { Stores } from './stores.tsx';
import { Usage } from './usage.tsx';
import { Versions } from './versions.tsx';

const { sandboxTokens } = readSettings();

export function Overview() {
  const [token, setToken] = useState(() => loadToken() ?? sandboxTokens[0] ?? '');
  const client = useMemo(() => createClient(token), [token]);
  const changeToken = (next: string) => {
    saveToken(next);
    setToken(next);
  };
  return (
    <Provider value={client}>
      {sandboxTokens.length > 0 && (
        <aside className="notice" aria-label="Sandbox">
          Sandbox: this gateway uses an embedded Glance, not a real cloud. Tokens:{' '}
          {sandboxTokens.map((one) => (
            <button key={one} type="button" aria-pressed={one === token} onClick={() => changeToken(one)}>
              {one}
            </button>
          ))}
        </aside>
      )}
      <header className="top">
        <h1>Image service overview</h1>
        <nav aria-label="Links">
          <a href="/graphiql">GraphiQL</a> <a href="/schema.graphql">Schema</a>
        </nav>
        <TokenForm key={token} token={token} onToken={changeToken} />
      </header>
      <main>
        {token === '' && (
          <p className="note" role="note">
            Enter a Keystone token. <code>openstack token issue -f value -c id</code> creates one. It is sent to this
            gateway only and stored in this tab only.
          </p>
        )}
        <Regions key={token} />
      </main>
    </Provider>
  );
}

interface TokenFormProps {
  readonly token: string;
  readonly onToken: (token: string) => void;
}

function TokenForm({ token, onToken }: TokenFormProps) {
  const [text, setText] = useState(token);
  const trimmed = text.trim();
  const isValid = /^[\x21-\x7e]{0,8192}$/.test(trimmed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isValid) onToken(trimmed);
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor="token">Keystone token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
        aria-invalid={!isValid}
        aria-describedby="token-error"
      />
      <button type="submit">Use token</button>
      <p id="token-error" role="alert" className="field-error">
        {isValid ? '' : 'A token consists of at most 8192 ASCII characters without blanks.'}
      </p>
    </form>
  );
}

const REGIONS = graphql(`
  query Regions {
    imageRegions {
      id
    }
  }
`);

function Regions() {
  const [{ data, fetching }] = useQuery({ query: REGIONS });
  const [selected, select] = useState<string | null>(null);
  if (fetching)
    return (
      <p className="loading" role="status">
        Loading regions …
      </p>
    );
  const regions = data?.imageRegions ?? [];
  // Without a region the gateway uses its default, and each panel shows why that failed.
  const region = selected ?? regions[0]?.id ?? null;
  return (
    <>
      {regions.length > 0 && (
        <p className="region">
          <label htmlFor="region">Region</label>
          <select id="region" value={region ?? ''} onChange={({ target }) => select(target.value)}>
            {regions.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </p>
      )}
      <div className="panels" key={region}>
        <Usage region={region} />
        <ImportMethods region={region} />
        <Stores region={region} />
        <Versions region={region} />
      </div>
    </>
  );
}
