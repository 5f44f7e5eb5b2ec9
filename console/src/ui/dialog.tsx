import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';

interface DialogProps {
  readonly title: ReactNode;
  readonly onClose: () => void;
  readonly size?: 'normal' | 'wide';
  readonly children: ReactNode;
}

/**
 * A modal dialog, open as long as it is drawn. The browser keeps the focus inside, closes it with Escape
 * and gives the focus back.
 */
export function Dialog({ title, onClose, size = 'normal', children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before it is taken away: only an open dialog that is closed gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it is a second way; Escape closes it.
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className={`m-auto w-[calc(100%-2rem)] rounded-lg border border-line bg-surface p-0 text-ink shadow-2xl ${size === 'wide' ? 'max-w-2xl' : 'max-w-md'}`}
    >
      <div className="relative grid grid-cols-[minmax(0,1fr)] gap-4 p-5">
        <h2 id={titleId} className="min-w-0 pr-10 text-lg font-bold break-words">
          {title}
        </h2>
        {children}
        {/* Last, because the first of a dialog gets the focus when it opens. */}
        <button
          type="button"
          onClick={onClose}
          className="absolute top-3.5 right-3.5 grid size-9 place-items-center rounded-md text-xl leading-none text-muted hover:bg-tide-soft hover:text-ink"
          aria-label="Close"
        >
          ×
        </button>
      </div>
    </dialog>
  );
}
