/** What the gateway wrote into this page. */
export interface PageSettings {
  /** Those to try, the operator's first; none but in the sandbox. */
  readonly sandboxTokens: readonly string[];
}

export function readSettings(): PageSettings {
  const settings: unknown = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');
  const isSettings = typeof settings === 'object' && settings !== null && 'sandboxTokens' in settings;
  const tokens: unknown = isSettings ? settings.sandboxTokens : [];
  return { sandboxTokens: Array.isArray(tokens) ? tokens.filter((token) => typeof token === 'string') : [] };
}
