import type { ReactNode } from 'react';

/** What is shown where there is nothing yet: why, and what to do. */
export function Empty({
  title,
  level = 2,
  children,
}: {
  readonly title: string;
  /** Of its heading: 1 where it is all of the page. */
  readonly level?: 1 | 2;
  readonly children?: ReactNode;
}) {
  const Heading = `h${level}` as const;
  return (
    <div className="empty">
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}
