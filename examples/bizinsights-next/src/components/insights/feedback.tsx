'use client';

import { useActionState } from 'react';
import { vote } from '@/app/(app)/insights/actions';

type Vote = 'up' | 'down';

const LABELS: Record<Vote, string> = { up: 'Useful', down: 'Not useful' };

/** A thumb up or down. It is kept, and a thumb down lowers the rank of insights of the same kind. */
export function Feedback({
  id,
  title,
  own,
}: {
  readonly id: string;
  readonly title: string;
  /** What this person has voted. */
  readonly own: Vote | undefined;
}) {
  const [result, send, isPending] = useActionState(vote, {});
  return (
    <form action={send} className="row">
      <input type="hidden" name="id" value={id} />
      {(['up', 'down'] as const).map((one) => (
        <button
          key={one}
          type="submit"
          name="vote"
          // What is chosen already is taken back.
          value={own === one ? 'none' : one}
          className="button thumb"
          aria-pressed={own === one}
          aria-label={`${LABELS[one]}: ${title}`}
          disabled={isPending}
        >
          <Thumb vote={one} /> {LABELS[one]}
        </button>
      ))}
      {result.error === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {result.error}
        </p>
      )}
    </form>
  );
}

function Thumb({ vote }: { readonly vote: Vote }) {
  return (
    <svg viewBox="0 0 24 24" className={`thumb-icon thumb-icon-${vote}`} aria-hidden="true">
      <path d="M7 11v9H4v-9zM7 11l4-7c1.4 0 2.2.9 2.2 2.2V9h5.1c1.2 0 2 1 1.8 2.2l-1.2 7c-.2 1-1 1.8-2 1.8H7" />
    </svg>
  );
}
