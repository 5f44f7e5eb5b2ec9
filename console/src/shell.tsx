import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Page } from './ui/address.ts';
import { ConnectionState } from './ui/connection-state.tsx';
import { ToastRegion } from './ui/toast-region.tsx';

/** What stands around every page. */
export function Shell({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <a
        href="#content"
        className="sr-only rounded-md bg-tide px-4 py-2 text-on-tide focus:not-sr-only focus:absolute focus:z-10 focus:m-2"
      >
        Skip to the content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-6 px-4 sm:px-6">
          <Link to="/" className="flex items-center gap-2 py-3 text-lg font-bold tracking-tight">
            <TideLine />
            Tidemark
          </Link>
          <nav aria-label="Pages" className="order-last flex gap-5 sm:order-none">
            <PageLink to="/">Flights</PageLink>
            <PageLink to="/audit">Audit log</PageLink>
            <PageLink to="/operations">Operations</PageLink>
          </nav>
          <div className="ml-auto">
            <ConnectionState />
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1} className="mx-auto max-w-7xl px-4 py-4 outline-none sm:px-6">
        {children}
      </main>
      <ToastRegion />
    </>
  );
}

function PageLink({ to, children }: { readonly to: Page; readonly children: string }) {
  const [pathname] = useLocation();
  return (
    <Link
      to={to}
      aria-current={pathname === to ? 'page' : undefined}
      className="border-b-3 border-transparent pt-3 pb-2.5 font-semibold text-muted hover:text-ink aria-[current=page]:border-tide aria-[current=page]:text-ink"
    >
      {children}
    </Link>
  );
}

/** The mark: a line that water has left. */
function TideLine() {
  return (
    <svg viewBox="0 0 32 32" className="size-6" aria-hidden="true">
      <path
        d="M2 11c4.5 0 4.5-3 9-3s4.500 3 9 3 5.500-3 10-3"
        fill="none"
        className="stroke-edge"
        strokeWidth="2.5"
        strokeLinecap="round"
      />
      <path
        d="M2 18c4.500 0 4.500-3 9-3s4.500 3 9 3 5.500-3 10-3v9a4 4 0 0 1-4 4H6a4 4 0 0 1-4-4z"
        className="fill-tide"
      />
    </svg>
  );
}
