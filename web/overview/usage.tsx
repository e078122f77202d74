import { formatAmount, titleOf } from './amounts.ts';
import { graphql } from './generated/gql.ts';
import type { UsageQuery } from './generated/graphql.ts';
import { Panel } from './panel.tsx';

const QUERY = graphql(`
  query Usage($region: ID) {
    info(region: $region) {
      usage {
        enabled
        scope
        quotas {
          name
          usage
          limit
          unlimited
          remaining
          unit
        }
      }
    }
  }
`);

const TOO_OLD = { NOT_FOUND: 'This Glance is older than Yoga, which introduced quotas.' };

type Quota = NonNullable<UsageQuery['info']['usage']>['quotas'][number];

export function Usage({ region }: { readonly region: string | null }) {
  return (
    <Panel title="Quotas" query={QUERY} variables={{ region }} select={({ info }) => info.usage} messages={TOO_OLD}>
      {({ enabled, scope, quotas }) =>
        enabled ? (
          <>
            {['UNSCOPED', 'SYSTEM', 'DOMAIN'].includes(scope) && (
              <p className="note">
                The token is not scoped to a project, so these numbers are meaningless. Use a project-scoped token.
              </p>
            )}
            <ul className="quotas">
              {quotas.map((quota) => (
                <QuotaBar key={quota.name} {...quota} />
              ))}
            </ul>
          </>
        ) : (
          <p className="empty">This cloud enforces no image quotas.</p>
        )
      }
    </Panel>
  );
}

function QuotaBar({ name, usage, limit, remaining, unit }: Quota) {
  const title = titleOf(name);
  if (limit === null) {
    return (
      <li>
        <h3>{title}</h3>
        <div className="unlimited" />
        <p>{formatAmount(usage, unit)} used, unlimited</p>
      </li>
    );
  }
  const text = `${formatAmount(usage, unit)} of ${formatAmount(limit, unit)} used, ${formatAmount(remaining ?? 0, unit)} left`;
  return (
    <li>
      <h3>{title}</h3>
      {/* A limit of 0 is shown as full. */}
      <meter
        aria-label={title}
        min={0}
        max={Math.max(limit, 1)}
        high={Math.max(limit, 1) * 0.9}
        optimum={0}
        value={limit === 0 ? 1 : usage}
        aria-valuetext={text}
      >
        {text}
      </meter>
      <p>{text}</p>
    </li>
  );
}
