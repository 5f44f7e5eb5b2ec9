interface ProgressBarProps {
  /** What is on its way. */
  readonly label: string;
  readonly done: number;
  /** Absent when nobody knows. */
  readonly total?: number | undefined;
  /** How far it is, in words. */
  readonly children: string;
}

/** How far something is, drawn and in words. */
export function ProgressBar({ label, done, total, children }: ProgressBarProps) {
  const known =
    total === undefined ? {} : { value: Math.min(done, total), max: Math.max(total, 1) };
  return (
    <div className="grid gap-1">
      <progress className="progress" aria-label={label} {...known} />
      <p className="text-sm text-muted tabular-nums">{children}</p>
    </div>
  );
}
