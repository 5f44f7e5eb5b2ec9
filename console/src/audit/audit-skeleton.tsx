import { Skeleton } from '../ui/skeleton.tsx';

const ROWS = [1, 2, 3, 4, 5, 6, 7];

/** The audit log while it loads. */
export function AuditSkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading the audit log"
      className="grid content-start gap-3 rounded-lg border border-line bg-surface p-4"
    >
      {ROWS.map((row) => (
        <div key={row} className="grid gap-1.5">
          <Skeleton className="h-4 w-2/3" />
          <Skeleton className="h-3 w-full" />
        </div>
      ))}
    </div>
  );
}
