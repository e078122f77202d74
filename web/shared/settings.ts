/** Settings that the gateway writes into the page. */
export interface PageSettings {
  /** The tokens of the sandbox, the operator's first; empty outside the sandbox. */
  readonly sandboxTokens: readonly string[];
  /** The name of the cloud in `clouds.yaml`. Null when it is unknown. */
  readonly cloudName: string | null;
}

export function readSettings(): PageSettings {
  const settings: unknown = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');
  return { sandboxTokens: [], cloudName: null, ...(isSettings(settings) ? settings : {}) };
}

function isSettings(settings: unknown): settings is PageSettings {
  return typeof settings === 'object' && settings !== null && 'sandboxTokens' in settings;
}
