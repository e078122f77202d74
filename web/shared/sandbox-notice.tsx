export interface SandboxNoticeProps {
  /** The operator's first; empty outside the sandbox. */
  readonly tokens: readonly string[];
  readonly token: string;
  readonly onToken: (token: string) => void;
}

export function SandboxNotice({ tokens, token, onToken }: SandboxNoticeProps) {
  if (tokens.length === 0) return null;
  return (
    <aside className="sandbox" aria-label="Sandbox">
      <p>
        <strong>Sandbox:</strong> an embedded Glance with example data, not a real cloud.
      </p>
      <div>
        <span>Its tokens:</span>
        {tokens.map((one) => (
          <button key={one} type="button" aria-pressed={one === token} onClick={() => onToken(one)}>
            {one}
          </button>
        ))}
      </div>
    </aside>
  );
}
