import { Skeleton } from '../ui/skeleton.tsx';

const CARDS = [1, 2, 3];

/** The board while it loads. */
export function FlightSkeleton() {
  return (
    <div className="grid gap-3" role="status" aria-label="Loading flights">
      {CARDS.map((card) => (
        <div key={card} className="@container">
          <div className="grid rounded-lg border border-line bg-surface @2xl:grid-cols-[19rem_minmax(0,1fr)]">
            <div className="flex gap-4 p-4">
              <Skeleton className="h-24 w-13" />
              <div className="grid flex-1 content-start gap-2">
                <Skeleton className="h-6 w-3/4" />
                <Skeleton className="h-5 w-full" />
                <Skeleton className="h-4 w-1/2" />
                <Skeleton className="mt-3 h-8 w-20" />
              </div>
            </div>
            <div className="grid content-start gap-2 border-t border-line p-4 @2xl:border-t-0 @2xl:border-l">
              <Skeleton className="h-4 w-28" />
              <Skeleton className="h-8 w-full" />
              <Skeleton className="h-8 w-full" />
            </div>
          </div>
        </div>
      ))}
    </div>
  );
}
