import { lazy, Suspense } from 'react';
import { useSearchParams } from 'wouter';
import { AuditSkeleton } from '../audit/audit-skeleton.tsx';
import { usePageTitle } from '../ui/use-page-title.ts';
import { useWideScreen } from '../ui/use-wide-screen.ts';
import { CreateFlightForm } from './create-flight-form.tsx';
import { FlightList } from './flight-list.tsx';
import { isFlightStatus } from './flight-status.ts';
import { StatusFilter } from './status-filter.tsx';

const AuditPanel = lazy(() => import('../audit/audit-panel.tsx'));

/** The board of flights, and what happens beside it where there is room. */
export function BoardPage() {
  const [search] = useSearchParams();
  const wanted = search.get('status');
  const status = isFlightStatus(wanted) ? wanted : undefined;
  const isWide = useWideScreen();
  usePageTitle('Flights');
  return (
    <div className="grid items-start gap-6 min-[70rem]:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="@container grid min-w-0 gap-4">
        <h1 className="sr-only">Flights</h1>
        <CreateFlightForm />
        <StatusFilter status={status} />
        <FlightList key={status ?? 'all'} status={status} />
      </div>
      {isWide && (
        <aside
          aria-label="Audit log"
          className="sticky top-4 h-[calc(100dvh-2rem)] max-h-[calc(100dvh-6.25rem)] min-h-80"
        >
          <Suspense fallback={<AuditSkeleton />}>
            <AuditPanel />
          </Suspense>
        </aside>
      )}
    </div>
  );
}
