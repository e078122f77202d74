import { useContext } from 'react';
import { CopyButton } from '../shared/copy-button.tsx';
import type { GatewayError } from '../shared/gateway.ts';
import { TokenContext } from '../shared/use-query.ts';
import { Problem } from './problem.tsx';

const COMMAND = 'openstack token issue -f value -c id';

export interface UnauthenticatedProblemProps {
  readonly error: GatewayError;
  readonly level?: 2 | 3;
}

/** Without a token: how to get one. With one: that it is rejected. */
export function UnauthenticatedProblem({ error, level = 3 }: UnauthenticatedProblemProps) {
  const Heading = `h${level}` as const;
  const isMissing = useContext(TokenContext) === '';
  if (isMissing) {
    return (
      <div className="problem sign-in" role="note">
        <Heading>Sign in with a Keystone token</Heading>
        <p>
          Enter a token above to see the quotas, stores and import methods of its project. This command creates one:
        </p>
        <IssueCommand />
        <p className="hint">The token goes to this gateway only, and stays in this browser tab.</p>
      </div>
    );
  }
  return (
    <Problem error={error} title="The token is not accepted" level={level}>
      <p>
        It has expired, was revoked, or belongs to another cloud. Enter another one above. This command creates one:
      </p>
      <IssueCommand />
    </Problem>
  );
}

function IssueCommand() {
  return (
    <p className="command">
      <code>{COMMAND}</code>
      <CopyButton text={() => COMMAND}>
        Copy<span className="hidden"> the command</span>
      </CopyButton>
    </p>
  );
}
