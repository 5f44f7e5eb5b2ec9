import { lazy, Suspense } from 'react';
import { Route, Router, Switch } from 'wouter';
import { AuditSkeleton } from './audit/audit-skeleton.tsx';
import { BoardPage } from './flights/board-page.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { Shell } from './shell.tsx';

const AuditPage = lazy(() => import('./audit/audit-page.tsx'));
const OperationsPage = lazy(() => import('./operations/operations-page.tsx'));

/** The pages of the console. wouter routes them: a larger router alone would take a quarter of the first load. */
export function Pages() {
  return (
    <Router aroundNav={goTo}>
      <Shell>
        <Switch>
          <Route path="/">
            <BoardPage />
          </Route>
          <Route path="/audit">
            <Suspense fallback={<AuditSkeleton />}>
              <AuditPage />
            </Suspense>
          </Route>
          <Route path="/operations">
            <Suspense>
              <OperationsPage />
            </Suspense>
          </Route>
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </Shell>
    </Router>
  );
}

/** Another page begins at its top, for the eyes and for the keyboard; another search stays where it is. */
function goTo<Options>(
  navigate: (to: string, options?: Options) => void,
  to: string,
  options?: Options,
): void {
  const isOtherPage = new URL(to, window.location.href).pathname !== window.location.pathname;
  navigate(to, options);
  if (!isOtherPage) return;
  window.scrollTo(0, 0);
  document.getElementById('content')?.focus({ preventScroll: true });
}
