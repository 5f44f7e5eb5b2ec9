import { Link } from 'wouter';

interface TextLinkProps {
  readonly to: string;
  readonly onClick?: () => void;
  readonly children: string;
}

/** A link in running text. */
export function TextLink(props: TextLinkProps) {
  return <Link {...props} className="text-sm text-tide underline underline-offset-3" />;
}
