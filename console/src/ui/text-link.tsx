import { Link } from 'wouter';

interface TextLinkProps {
  readonly to: string;
  /** What the page is told beside its address, for what no address may hold. */
  readonly state?: unknown;
  readonly onClick?: () => void;
  readonly children: string;
}

/** A link in running text. */
export function TextLink(props: TextLinkProps) {
  return <Link {...props} className="text-sm text-tide underline underline-offset-3" />;
}
