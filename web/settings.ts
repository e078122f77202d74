/** Settings that the gateway writes into the page. */
export interface PageSettings {
  /** The tokens of the sandbox, the admin's first; empty outside the sandbox. */
  readonly sandboxTokens: readonly string[];
}

export function readSettings(): PageSettings {
  const settings: unknown = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');
  const isSettings = typeof settings === 'object' && settings !== null && 'sandboxTokens' in settings;
  const tokens: unknown = isSettings ? settings.sandboxTokens : [];
  return { sandboxTokens: Array.isArray(tokens) ? tokens.filter((token) => typeof token === 'string') : [] };
}
