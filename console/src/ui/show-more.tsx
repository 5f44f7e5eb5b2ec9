import { Button } from './button.tsx';

interface ShowMoreProps {
  /** Of what: `flights`. */
  readonly what: string;
  readonly isPending: boolean;
  readonly onClick: () => void;
}

/** Leads to the next page of a list. */
export function ShowMore({ what, isPending, onClick }: ShowMoreProps) {
  return (
    <Button isPending={isPending} onClick={onClick} className="w-full">
      Show more {what}
    </Button>
  );
}
