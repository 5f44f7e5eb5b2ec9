import { useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { IconButton } from './icon-button.tsx';
import { dismissToast, type Toast } from './toasts.ts';

/** Long enough to read twice. What offers an action stays until it is taken or dismissed. */
const SHOWN_MS = 6_000;

const TONES = {
  success: 'border-l-green',
  error: 'border-l-danger',
  info: 'border-l-tide',
};
const NAMES = { success: 'Done: ', error: 'Failed: ', info: '' };

/** One message. It waits while the pointer or the keyboard is on it. */
export function ToastMessage({ toast }: { readonly toast: Toast }) {
  const { id, tone, text, action } = toast;
  const [isHeld, setHeld] = useState(false);
  const stays = isHeld || action !== undefined;
  useEffect(() => {
    if (stays) return;
    const timer = setTimeout(() => dismissToast(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, stays]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer only makes it wait.
    <div
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className={`pointer-events-auto flex items-center gap-3 rounded-md border border-l-4 border-line bg-surface py-2 pr-2 pl-4 text-sm shadow-lg ${TONES[tone]}`}
    >
      <p className="min-w-0 flex-1 break-words">
        <span className="sr-only">{NAMES[tone]}</span>
        {text}
      </p>
      {action !== undefined && (
        <Button
          size="small"
          onClick={() => {
            dismissToast(id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon="remove" label="Dismiss" onClick={() => dismissToast(id)} />
    </div>
  );
}
