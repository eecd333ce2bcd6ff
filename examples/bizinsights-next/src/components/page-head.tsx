import type { ReactNode } from 'react';

/** The title of a page, what it shows in one sentence, and what can be done with all of it. */
export function PageHead({
  title,
  lang,
  children,
  actions,
}: {
  readonly title: string;
  /** Of the title, where it is not that of the page. */
  readonly lang?: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className="page-head">
      <div>
        <h1 lang={lang}>{title}</h1>
        {children ? <p>{children}</p> : null}
      </div>
      {actions}
    </div>
  );
}
