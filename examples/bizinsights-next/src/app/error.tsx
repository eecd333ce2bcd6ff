'use client';

import { ErrorState } from '@/components/error-state';

export default function RootError({ error, reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <main className="sign-in">
      <ErrorState error={error} retry={reset} />
    </main>
  );
}
