/** The overview page: who is signed in, and what the regions of the cloud offer. */
import { useContext, useEffect, useReducer, useRef, useState } from 'react';
import { type Access, type AccessState, useAccess } from '../shared/access.ts';
import { Header } from '../shared/header.tsx';
import { SandboxNotice } from '../shared/sandbox-notice.tsx';
import { loadToken, saveToken } from '../shared/session.ts';
import { SessionBar } from '../shared/session-bar.tsx';
import { readSettings } from '../shared/settings.ts';
import { SkipLink } from '../shared/skip-link.tsx';
import { TokenContext } from '../shared/use-query.ts';
import { Problem } from './problem.tsx';
import { RegionView } from './region.tsx';
import { RegionControls } from './region-controls.tsx';
import { RegionSkeleton } from './skeleton.tsx';
import { UnauthenticatedProblem } from './unauthenticated.tsx';
import { useView } from './view.ts';

const { sandboxTokens, cloudName } = readSettings();

export function Overview() {
  const [token, setToken] = useState(() => loadToken() ?? sandboxTokens[0] ?? '');
  const [signIns, countSignIn] = useReducer((count: number) => count + 1, 0);
  const change = (next: string) => {
    saveToken(next);
    setToken(next);
    countSignIn();
  };
  return (
    <TokenContext value={token}>
      <Page key={signIns} token={token} onToken={change} takesFocus={signIns > 0} />
    </TokenContext>
  );
}

interface PageProps {
  readonly token: string;
  readonly onToken: (token: string) => void;
  /** Whether the focus goes to the result, as after signing in. */
  readonly takesFocus: boolean;
}

/** All that belongs to one token. */
function Page({ token, onToken, takesFocus }: PageProps) {
  const [refreshes, refresh] = useReducer((count: number) => count + 1, 0);
  const access = useAccess(refreshes);
  const heading = useRef<HTMLHeadingElement>(null);
  const isSettled = access.response !== null;
  useEffect(() => {
    if (takesFocus && isSettled) heading.current?.focus();
  }, [takesFocus, isSettled]);
  return (
    <>
      <SkipLink to={heading} />
      <Header page="overview" cloudName={cloudName}>
        <SessionBar token={token} access={access} onToken={onToken} />
      </Header>
      <SandboxNotice tokens={sandboxTokens} token={token} onToken={onToken} />
      <main>
        <h1 id="result" tabIndex={-1} ref={heading}>
          Image service{cloudName !== null && ` of ${cloudName}`}
        </h1>
        <Content access={access} onRetry={refresh} />
      </main>
    </>
  );
}

function Content({ access: { response }, onRetry }: { readonly access: AccessState; readonly onRetry: () => void }) {
  if (response === null) return <Loading />;
  const [error] = response.errors;
  if (error?.extensions.code === 'UNAUTHENTICATED') return <UnauthenticatedProblem error={error} level={2} />;
  if (error !== undefined || response.data === null) {
    const reason = error ?? { message: 'No data', extensions: { code: 'UNKNOWN' } };
    return <Problem error={reason} title="Nothing can be shown" level={2} onRetry={onRetry} />;
  }
  const { imageAccess = null, imageRegions } = response.data;
  const regions = imageRegions.map(({ id }) => id);
  if (regions.length === 0) return <NoRegions access={imageAccess} />;
  return <Regions known={regions} access={imageAccess} />;
}

/** Without a token, most likely a request to sign in is next. */
function Loading() {
  const isSignedIn = useContext(TokenContext) !== '';
  return (
    <>
      <p className={isSignedIn ? 'hidden' : 'loading'}>Loading …</p>
      {isSignedIn && <RegionSkeleton />}
    </>
  );
}

function NoRegions({ access }: { readonly access: Access | null }) {
  const isProject = access?.scope === 'PROJECT';
  const error = { message: 'The token’s catalog has no Image endpoint.', extensions: { code: 'REGION_NOT_FOUND' } };
  return (
    <Problem
      error={error}
      level={2}
      title={isProject ? 'No region has an Image service' : 'The token is not scoped to a project'}
    >
      <p>
        {isProject
          ? 'The service catalog of this project lists no Image service that the gateway may call. The gateway’s operator finds the reason in its log.'
          : 'Such a token has no service catalog, so no region is known. Issue one for a project, with OS_PROJECT_NAME set, and enter it above.'}
      </p>
    </Problem>
  );
}

function AccessRules({ rules }: { readonly rules: NonNullable<Access['accessRules']> }) {
  return (
    <details className="problem access-rules">
      <summary>This token may only make the requests of its access rules ({rules.length}).</summary>
      <ul>
        {rules.map(({ service, method, path }) => (
          <li key={`${service} ${method} ${path}`}>
            <code>
              {service} {method} {path}
            </code>
          </li>
        ))}
      </ul>
    </details>
  );
}

interface RegionsProps {
  readonly known: readonly string[];
  readonly access: Access | null;
}

function Regions({ known, access }: RegionsProps) {
  const [view, setView] = useView();
  const shown = view.regions.length > 0 ? view.regions : known.slice(0, 1);
  const show = (regions: readonly string[]) => setView({ ...view, regions });
  return (
    <>
      <RegionControls known={known} shown={shown} onChange={show} />
      {access?.accessRules != null && <AccessRules rules={access.accessRules} />}
      <div className={shown.length > 1 ? 'regions compared' : 'regions'}>
        {shown.map((id) => (
          <RegionView
            key={id}
            id={id}
            size={view.size}
            onSize={(size) => setView({ ...view, size })}
            onRemove={shown.length > 1 ? () => show(shown.filter((region) => region !== id)) : null}
          />
        ))}
      </div>
    </>
  );
}
