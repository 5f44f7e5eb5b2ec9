const TONES = {
  amber: 'bg-amber-soft text-amber',
  green: 'bg-green-soft text-green',
  blue: 'bg-blue-soft text-blue',
  tide: 'bg-tide-soft text-ink',
  grey: 'bg-sunken text-muted',
  red: 'bg-danger-soft text-danger',
};

export type Tone = keyof typeof TONES;

interface BadgeProps {
  readonly tone: Tone;
  readonly children: string;
}

/** A state in a word; the colour only repeats it. */
export function Badge({ tone, children }: BadgeProps) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-bold whitespace-nowrap ${TONES[tone]}`}
    >
      <span aria-hidden="true" className="size-1.5 rounded-full bg-current" />
      {children}
    </span>
  );
}
