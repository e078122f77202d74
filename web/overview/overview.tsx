/** The whole page: who asks, about which region, and the parts. */
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
  const change = (next: string) => {
    saveToken(next);
    setToken(next);
  };
  return (
    <Provider value={client}>
      {sandboxTokens.length > 0 && (
        <aside className="notice" aria-label="Sandbox">
          Sandbox: an embedded Glance answers here, no cloud is asked. Its tokens:{' '}
          {sandboxTokens.map((one) => (
            <button key={one} type="button" aria-pressed={one === token} onClick={() => change(one)}>
              {one}
            </button>
          ))}
        </aside>
      )}
      <header className="top">
        <h1>Images in this cloud</h1>
        <nav aria-label="Elsewhere">
          <a href="/graphiql">GraphiQL</a> <a href="/schema.graphql">Schema</a>
        </nav>
        <TokenForm key={token} token={token} onToken={change} />
      </header>
      <main>
        {token === '' && (
          <p className="refused" role="note">
            Enter a Keystone token to see what it opens: <code>openstack token issue -f value -c id</code> makes one. It
            is sent to this gateway alone, and kept for this tab alone.
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
  const isUsable = /^[\x21-\x7e]{0,8192}$/.test(trimmed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isUsable) onToken(trimmed);
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
        aria-invalid={!isUsable}
        aria-describedby="token-problem"
      />
      <button type="submit">Ask with it</button>
      <p id="token-problem" role="alert" className="problem">
        {isUsable ? '' : 'A token has no blanks inside, no letters beyond ASCII, and at most 8192 of them.'}
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
  const [chosen, choose] = useState<string | null>(null);
  if (fetching)
    return (
      <p className="loading" role="status">
        Asking for the regions …
      </p>
    );
  const regions = data?.imageRegions ?? [];
  // Without any, each part says why.
  const region = chosen ?? regions[0]?.id ?? null;
  return (
    <>
      {regions.length > 0 && (
        <p className="region">
          <label htmlFor="region">Region</label>
          <select id="region" value={region ?? ''} onChange={({ target }) => choose(target.value)}>
            {regions.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </p>
      )}
      <div className="parts" key={region}>
        <Usage region={region} />
        <ImportMethods region={region} />
        <Stores region={region} />
        <Versions region={region} />
      </div>
    </>
  );
}
