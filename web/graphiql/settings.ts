/** What the gateway wrote into this page. */
export interface PageSettings {
  /** A token to begin with; null but in the sandbox. */
  readonly token: string | null;
}

export function readSettings(): PageSettings {
  const settings: unknown = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');
  const token = typeof settings === 'object' && settings !== null && 'token' in settings ? settings.token : null;
  return { token: typeof token === 'string' ? token : null };
}
