import { TextLink } from '../ui/text-link.tsx';
import { AuditList } from './audit-list.tsx';

const ALL = {};

/** The audit log beside the board. */
export default function AuditPanel() {
  return (
    <div className="flex h-full flex-col gap-2">
      <div className="flex items-baseline justify-between">
        <h2 className="font-bold">What happens</h2>
        <TextLink to="/audit">Search the audit log</TextLink>
      </div>
      <div className="-m-1 min-h-0 flex-1 overflow-y-auto p-1">
        <AuditList filters={ALL} />
      </div>
    </div>
  );
}
