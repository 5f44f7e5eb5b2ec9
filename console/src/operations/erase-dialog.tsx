import { useState } from 'react';
import type { Command } from '../api/commands.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureNotice } from '../ui/failure-notice.tsx';
import { Field } from '../ui/field.tsx';
import { readForm } from '../ui/read-form.ts';

interface EraseDialogProps {
  readonly subject: string;
  readonly command: Command<undefined>;
  readonly onClose: () => void;
}

/** Asks for the id once more: nobody erases somebody by a slip. */
export function EraseDialog({ subject, command, onClose }: EraseDialogProps) {
  const [mistake, setMistake] = useState<string>();
  return (
    <Dialog title="Erase this person?" onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          const isSame = readForm(event).subject === subject;
          setMistake(isSame ? undefined : 'This is another id than the one to be erased');
          if (isSame) command.run(undefined);
        }}
      >
        <p>
          The key of <code className="font-mono text-sm break-all">{subject}</code> is deleted.
          Names and whatever else is personal become unreadable for good: in logs, lists, messages
          that wait, and every backup. Nobody can take this back.
        </p>
        <Field
          label="Type the id to confirm"
          name="subject"
          required
          maxLength={500}
          error={mistake}
        />
        <FailureNotice error={command.error} onRetry={command.retry} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Keep</Button>
          <Button type="submit" look="danger" isPending={command.isPending}>
            Erase for good
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
