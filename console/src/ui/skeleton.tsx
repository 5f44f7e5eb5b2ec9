interface SkeletonProps {
  /** Width and height, as classes. */
  readonly className: string;
}

/** Stands where something will be. */
export function Skeleton({ className }: SkeletonProps) {
  return <div aria-hidden="true" className={`skeleton ${className}`} />;
}
