import { amount, titleOf } from './amounts.ts';
import { graphql } from './generated/gql.ts';
import type { UsageQuery } from './generated/graphql.ts';
import { Part } from './part.tsx';

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

const TOO_OLD = { NOT_FOUND: 'This Glance is older than quotas (Yoga).' };

type Quota = NonNullable<UsageQuery['info']['usage']>['quotas'][number];

export function Usage({ region }: { readonly region: string | null }) {
  return (
    <Part title="Quotas" query={QUERY} variables={{ region }} pick={({ info }) => info.usage} reasons={TOO_OLD}>
      {({ enabled, scope, quotas }) =>
        enabled ? (
          <>
            {['UNSCOPED', 'SYSTEM', 'DOMAIN'].includes(scope) && (
              <p className="refused">
                The token is of no project, so these figures mean nothing. Enter one that is scoped to a project.
              </p>
            )}
            <ul className="quotas">
              {quotas.map((quota) => (
                <QuotaBar key={quota.name} {...quota} />
              ))}
            </ul>
          </>
        ) : (
          <p className="empty">This cloud enforces no quotas on images.</p>
        )
      }
    </Part>
  );
}

function QuotaBar({ name, usage, limit, remaining, unit }: Quota) {
  const title = titleOf(name);
  if (limit === null) {
    return (
      <li>
        <h3>{title}</h3>
        <div className="unlimited" />
        <p>{amount(usage, unit)} used, unlimited</p>
      </li>
    );
  }
  const text = `${amount(usage, unit)} of ${amount(limit, unit)} used, ${amount(remaining ?? 0, unit)} left`;
  return (
    <li>
      <h3>{title}</h3>
      {/* A limit of 0 is full from the beginning. */}
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
