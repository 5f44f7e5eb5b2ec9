import { type ReactNode, useId } from 'react';

interface PanelProps {
  readonly title: string;
  /** Beside the title: a state, what can be done. */
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}

/** One thing of the operators' page, with its name. */
export function Panel({ title, beside, children }: PanelProps) {
  const titleId = useId();
  return (
    <article
      aria-labelledby={titleId}
      className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-line bg-surface p-4"
    >
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <h2 id={titleId} className="min-w-0 font-bold break-words">
          {title}
        </h2>
        {beside}
      </div>
      {children}
    </article>
  );
}
