import type { Command } from '../api/commands.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { FailureNotice } from './failure-notice.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** What will be gone. */
  readonly text: string;
  /** What the button says: the action by its name, never "OK". */
  readonly action: string;
  readonly command: Command<undefined>;
  readonly onClose: () => void;
}

/** Asks before something is deleted. The harmless answer comes first, so it has the focus. */
export function ConfirmDialog({ title, text, action, command, onClose }: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <FailureNotice error={command.error} onRetry={command.retry} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Keep</Button>
        <Button look="danger" isPending={command.isPending} onClick={() => command.run(undefined)}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
