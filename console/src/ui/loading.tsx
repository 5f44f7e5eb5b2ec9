import { Skeleton } from './skeleton.tsx';

interface LoadingProps {
  /** What loads: `Loading the services`. */
  readonly label: string;
  readonly rows?: number;
}

/** Boxes that stand where a list will be. */
export function Loading({ label, rows = 3 }: LoadingProps) {
  return (
    <div role="status" aria-label={label} className="grid gap-3">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <div key={row} className="grid gap-2 rounded-lg border border-line bg-surface p-4">
          <Skeleton className="h-5 w-40" />
          <Skeleton className="h-4 w-full" />
          <Skeleton className="h-4 w-2/3" />
        </div>
      ))}
    </div>
  );
}
