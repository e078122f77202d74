/** The bar of both pages: the product, the cloud, links, the session and the theme. */
import type { ReactNode } from 'react';
import markUrl from './mark.svg';
import { ThemeSwitch } from './theme.tsx';

export interface HeaderProps {
  readonly page: 'overview' | 'graphiql';
  readonly cloudName: string | null;
  /** The session. */
  readonly children: ReactNode;
}

export function Header({ page, cloudName, children }: HeaderProps) {
  const current = (name: HeaderProps['page']) => (page === name ? 'page' : undefined);
  return (
    <header className="bar">
      <a className="brand" href="./">
        <img src={markUrl} alt="" width="28" height="28" />
        <span>
          glance<span className="thin">-graphql</span>
        </span>
      </a>
      {cloudName !== null && (
        <span className="cloud">
          <span className="hidden">Cloud: </span>
          {cloudName}
        </span>
      )}
      <nav aria-label="Pages">
        <a href="./" aria-current={current('overview')}>
          Overview
        </a>
        <a href="graphiql" aria-current={current('graphiql')}>
          GraphiQL
        </a>
        <a href="schema.graphql">Schema</a>
      </nav>
      <ThemeSwitch />
      {children}
    </header>
  );
}
