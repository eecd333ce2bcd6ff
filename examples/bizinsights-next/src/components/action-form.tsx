'use client';

import { type ReactNode, useActionState } from 'react';
import type { ActionResult } from '@/lib/action-result';

/**
 * A form of one server action: its button is disabled while it runs, and the result is shown below it. Values that the action
 * needs are hidden fields, or fields among the children.
 */
export function ActionForm({
  action,
  label,
  pendingLabel = 'Working…',
  tone = 'plain',
  values = {},
  confirm,
  accessibleLabel,
  children,
  className = 'stack-small',
}: {
  readonly action: (before: ActionResult, form: FormData) => Promise<ActionResult>;
  readonly label: string;
  readonly pendingLabel?: string;
  readonly tone?: 'plain' | 'primary' | 'danger';
  readonly values?: Readonly<Record<string, string>>;
  /** Asked before it is sent. */
  readonly confirm?: string;
  /** Where the label alone does not say what it is about. */
  readonly accessibleLabel?: string;
  readonly children?: ReactNode;
  readonly className?: string;
}) {
  const [result, send, isPending] = useActionState(action, {});
  return (
    <form
      action={send}
      className={className}
      onSubmit={(event) => {
        if (confirm !== undefined && !window.confirm(confirm)) event.preventDefault();
      }}
    >
      {Object.entries(values).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
      <button
        type="submit"
        className={tone === 'plain' ? 'button' : `button button-${tone}`}
        disabled={isPending}
        aria-label={accessibleLabel}
      >
        {isPending ? pendingLabel : label}
      </button>
      {result.error === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {result.error}
        </p>
      )}
      {result.notice === undefined ? null : (
        <p className="notice notice-good" role="status">
          {result.notice}
        </p>
      )}
    </form>
  );
}
