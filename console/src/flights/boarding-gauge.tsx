import { useId } from 'react';

const HEIGHT = 72;
/** The quarters of the gauge. */
const MARKS = [18, 36, 54];

interface BoardingGaugeProps {
  readonly boarded: number;
  readonly total: number;
}

/** How many are aboard, as water in a tide gauge. */
export function BoardingGauge({ boarded, total }: BoardingGaugeProps) {
  const clip = useId();
  const level = total === 0 ? 0 : boarded / total;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <meter> holds no drawing.
    <div
      role="meter"
      aria-label="Boarded"
      aria-valuemin={0}
      aria-valuemax={Math.max(total, 1)}
      aria-valuenow={boarded}
      aria-valuetext={`${boarded} of ${total} boarded`}
      className="w-13 shrink-0 text-center"
    >
      <svg viewBox={`0 0 40 ${HEIGHT}`} className="mx-auto block h-18 w-10" aria-hidden="true">
        <clipPath id={clip}>
          <rect width="40" height={HEIGHT} rx="6" />
        </clipPath>
        <g clipPath={`url(#${clip})`}>
          <rect width="40" height={HEIGHT} className="fill-sunken" />
          <path
            className="water fill-tide"
            style={{ transform: `translateY(${(1 - level) * (HEIGHT + 4)}px)` }}
            d={`M0 1c5 0 5 -3 10 -3s5 3 10 3 5 -3 10 -3 5 3 10 3V${HEIGHT + 4}H0z`}
          />
          {MARKS.map((mark) => (
            <path key={mark} d={`M30 ${mark}h10`} className="stroke-edge" strokeWidth="1.5" />
          ))}
        </g>
        <rect
          x="0.75"
          y="0.75"
          width="38.5"
          height={HEIGHT - 1.5}
          rx="5.5"
          fill="none"
          className="stroke-edge"
          strokeWidth="1.5"
        />
      </svg>
      <p className="mt-1 text-xs whitespace-nowrap text-muted tabular-nums" aria-hidden="true">
        <b className="text-sm text-ink">{boarded}</b> of {total}
      </p>
    </div>
  );
}
