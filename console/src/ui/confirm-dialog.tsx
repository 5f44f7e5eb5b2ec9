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
  /** What the harmless answer says. Default `Keep`. */
  readonly dismiss?: string;
  readonly command: Command<undefined>;
  readonly onClose: () => void;
}

/** Asks before something cannot be taken back. The harmless answer comes first, so it has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, text, action, dismiss = 'Keep', command, onClose } = props;
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <FailureNotice error={command.error} onRetry={command.retry} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{dismiss}</Button>
        <Button look="danger" isPending={command.isPending} onClick={() => command.run(undefined)}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
