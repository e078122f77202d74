/** The GraphiQL page: the bar at once, and the editor when it has loaded. */
import { lazy, Suspense, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '../shared/design.css';
import '../shared/bar.css';
import './style.css';
import { useAccess } from '../shared/access.ts';
import { Header } from '../shared/header.tsx';
import { SandboxNotice } from '../shared/sandbox-notice.tsx';
import { loadToken, saveToken } from '../shared/session.ts';
import { SessionBar } from '../shared/session-bar.tsx';
import { readSettings } from '../shared/settings.ts';
import { SkipLink } from '../shared/skip-link.tsx';
import { TokenContext } from '../shared/use-query.ts';

const { sandboxTokens, cloudName } = readSettings();
const Editor = lazy(() => import('./editor.tsx'));

function Page() {
  const [token, setToken] = useState(() => loadToken() ?? sandboxTokens[0] ?? '');
  const heading = useRef<HTMLHeadingElement>(null);
  const change = (next: string) => {
    saveToken(next);
    setToken(next);
    // The form, where the focus was, is gone.
    heading.current?.focus();
  };
  return (
    <TokenContext value={token}>
      <SkipLink to={heading} />
      <Header page="graphiql" cloudName={cloudName}>
        <Session key={token} token={token} onToken={change} />
      </Header>
      <SandboxNotice tokens={sandboxTokens} token={token} onToken={change} />
      <main>
        <h1 className="hidden" id="result" tabIndex={-1} ref={heading}>
          GraphiQL
        </h1>
        <Suspense fallback={<p className="loading">Loading the editor …</p>}>
          <Editor />
        </Suspense>
      </main>
    </TokenContext>
  );
}

function Session({ token, onToken }: { readonly token: string; readonly onToken: (token: string) => void }) {
  return <SessionBar token={token} access={useAccess(0)} onToken={onToken} />;
}

const root = document.getElementById('graphiql');
if (root !== null) createRoot(root).render(<Page />);
