import type { ComponentProps } from 'react';

const DRAWINGS = {
  edit: 'M4 16l1-4 8.5-8.5 3 3L8 15z M11.5 5.5l3 3',
  history: 'M10 5v5l3 2 M3.500 10a6.500 6.500 0 1 1 2 4.700 M3.500 16v-4h4',
  remove: 'M5.5 5.5l9 9 M14.5 5.5l-9 9',
};

interface IconButtonProps extends ComponentProps<'button'> {
  readonly icon: keyof typeof DRAWINGS;
  /** What it does, and to whom: read out, and shown on hover. */
  readonly label: string;
}

/** A small button that shows a drawing. */
export function IconButton({ icon, label, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className="grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-tide-soft hover:text-ink"
    >
      <svg viewBox="0 0 20 20" className="size-4" aria-hidden="true">
        <path
          d={DRAWINGS[icon]}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.75"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
    </button>
  );
}
