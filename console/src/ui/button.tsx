import type { ComponentProps } from 'react';

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: 'primary' | 'quiet' | 'danger';
  readonly size?: 'normal' | 'small';
  /** It runs: it keeps its width and the focus, and does not run again. */
  readonly isPending?: boolean;
}

const LOOKS = {
  primary: 'bg-tide text-on-tide border-tide hover:brightness-110',
  quiet: 'bg-surface text-ink border-edge hover:bg-tide-soft',
  danger: 'bg-surface text-danger border-danger hover:bg-danger-soft',
};

const SIZES = {
  normal: 'min-h-10 px-4',
  small: 'min-h-8 px-2.5 text-sm',
};

/** A button. While it is pending it stays focusable, so that the keyboard does not lose its place. */
export function Button(props: ButtonProps) {
  const { look = 'quiet', size = 'normal', isPending = false, onClick, children, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={isPending || undefined}
      onClick={(event) => (isPending ? event.preventDefault() : onClick?.(event))}
      className={`relative inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-semibold whitespace-nowrap aria-disabled:cursor-progress ${LOOKS[look]} ${SIZES[size]} ${rest.className ?? ''}`}
    >
      <span className={isPending ? 'opacity-0' : 'contents'}>{children}</span>
      {isPending && (
        <span className="absolute inset-0 grid place-items-center">
          <span className="spinner size-4 rounded-full border-2 border-current border-r-transparent" />
        </span>
      )}
    </button>
  );
}
