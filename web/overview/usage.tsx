import { formatAmount, titleOf } from './amounts.ts';
import { Breakable } from './breakable.tsx';
import { Panel } from './panel.tsx';
import { type Parts, USAGE } from './parts.ts';
import { QUOTAS_SKELETON } from './skeleton.tsx';
import { hasQuotas } from './upload-fit.ts';

const TOO_OLD = { NOT_FOUND: 'This Glance is older than Yoga, which introduced quotas.' };

type Usage = Extract<Parts['usage'], { status: 'ready' }>['value'];
type Quota = Usage['quotas'][number];

export interface UsagePanelProps {
  readonly part: Parts['usage'];
  readonly region: string | null;
  readonly onRetry: () => void;
}

export function UsagePanel(props: UsagePanelProps) {
  return (
    <Panel {...props} title="Quotas" query={USAGE} messages={TOO_OLD} className="usage" skeleton={QUOTAS_SKELETON}>
      {({ enabled, scope, quotas }) =>
        enabled ? (
          <>
            {!hasQuotas(scope) && (
              <p className="problem" role="note">
                The token is not scoped to a project, so these numbers are meaningless. Use a project-scoped token.
              </p>
            )}
            <ul className="quotas">
              {quotas.map((quota) => (
                <QuotaRow key={quota.name} {...quota} />
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

function QuotaRow({ name, usage, limit, remaining, unit }: Quota) {
  const title = titleOf(name);
  const used = formatAmount(usage, unit);
  if (limit == null) {
    return (
      <li className="unlimited">
        <h4>
          <Breakable text={title} />
        </h4>
        <p className="figure">
          <span>no limit</span>
        </p>
        <p className="of">{used} used</p>
      </li>
    );
  }
  // A limit of 0 is shown as full.
  const percent = limit === 0 ? 100 : Math.round((usage / limit) * 100);
  const level = percent >= 100 ? 'full' : percent >= 90 ? 'high' : 'normal';
  return (
    <li className={level}>
      <h4>
        <Breakable text={title} />
      </h4>
      <p className="figure">
        {formatAmount(remaining ?? 0, unit)} <span>left</span>
      </p>
      <meter className="hidden" aria-label={title} min={0} max={100} value={Math.min(percent, 100)}>
        {percent} % used
      </meter>
      <div className="meter" aria-hidden="true">
        <div className="meter-fill" style={{ width: `${Math.min(percent, 100)}%` }} />
      </div>
      <p className="of">
        {used} of {formatAmount(limit, unit)} used <span className="percent">{percent} %</span>
      </p>
    </li>
  );
}
