import { useEffect, useRef } from 'react';
import { ToastMessage } from './toast-message.tsx';
import { useToasts } from './toasts.ts';

/** Where messages appear: a popover, so that it lies above dialogs; always there, so that it is read out. */
export function ToastRegion() {
  const region = useRef<HTMLDivElement>(null);
  const toasts = useToasts();
  const newest = toasts.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message comes above a dialog that opened since.
  useEffect(() => {
    const element = region.current;
    if (element === null) return;
    if (document.querySelector('dialog[open]') !== null) element.hidePopover();
    if (!element.matches(':popover-open')) element.showPopover();
  }, [newest]);
  return (
    <div
      ref={region}
      popover="manual"
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-auto right-0 bottom-0 m-0 grid w-full max-w-md gap-2 border-0 bg-transparent p-4 text-ink"
    >
      {toasts.map((toast) => (
        <ToastMessage key={toast.id} toast={toast} />
      ))}
    </div>
  );
}
